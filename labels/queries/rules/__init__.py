"""Auto-assign rules: what they ask, whom they concern, and what they would do."""
