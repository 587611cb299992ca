"""What the product is measured beside: the least that could do the same work."""
