"""Platforms: what they send and what is sent to them; a file for each of the rows."""
