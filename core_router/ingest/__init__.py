"""Where events come in: from collectors with a key, and from the platforms themselves."""

from core_router.ingest import events, interactions, slack, webhooks
from core_router.ingest.events import BATCH, EVENT

__all__ = ["BATCH", "EVENT", "ROUTES"]

ROUTES = {**events.ROUTES, **interactions.ROUTES, **slack.ROUTES, **webhooks.ROUTES}
"""What stands before Django."""
