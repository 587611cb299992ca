"""The sockets of the overlay server."""

from browser_sources.consumers.hub import hub_here
from browser_sources.consumers.socket import OverlaySocket

__all__ = ["OverlaySocket", "hub_here"]
