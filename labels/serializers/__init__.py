"""Shapes of what goes in and out of labels' endpoints; operations check the rest."""
