"""What somebody asked an overlay to show."""

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import Q

from browser_sources.models import OverlayItem
from identity import api as identity
from waddlebot.lib.ids import moment_of

COLUMNS: Final = ("id", "community_id", "kind", "content", "state", "started_at")


def requested_by(user_id: int) -> Iterator[dict[str, Any]]:
    """Return the items of their communities that were requested in a name of theirs."""
    names = (Q(content__requested_by__iexact=name) for name in identity.names_of(user_id))
    items = OverlayItem.objects.filter(
        reduce(or_, names, Q(pk__in=[])), community_id__in=identity.places_seen_of(user_id)
    )
    for row in identity.pages(items, COLUMNS):
        yield {"at": moment_of(row["id"])} | row
