"""Pages of one's own account, beside those of allauth: they do what the API does."""
