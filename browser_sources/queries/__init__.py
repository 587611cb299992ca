"""Questions about overlays."""

from browser_sources.queries.items import Snapshot, envelope, pending, snapshot
from browser_sources.queries.sources import (
    Standing,
    list_sources,
    open_pass,
    sources_of,
    standings,
    to_source,
    token_hash,
)

__all__ = [
    "Snapshot",
    "Standing",
    "envelope",
    "list_sources",
    "open_pass",
    "pending",
    "snapshot",
    "sources_of",
    "standings",
    "to_source",
    "token_hash",
]
