"""How fast collectors share channels out."""
