"""Shapes of what is typed on the pages of an account."""
