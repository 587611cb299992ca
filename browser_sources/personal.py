"""What overlays show may name people."""

from browser_sources.operations.departures import clear_items
from browser_sources.queries.personal import requested_by
from identity.api import PersonalTrace, register_personal


def register_all() -> None:
    register_personal(
        PersonalTrace("browser_sources", "overlay_items", export=requested_by, erase=clear_items)
    )
