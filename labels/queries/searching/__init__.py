"""Who and what holds which labels now: by all of them, any, none of these, and by text."""

from labels.queries.searching.answering import search
from labels.queries.searching.asked import Asked, Page, Place

__all__ = ["Asked", "Page", "Place", "search"]
