"""Somebody is erased: their names go from what overlays showed, and have yet to show."""

from django.db.models import TextField
from django.db.models.functions import Cast

from browser_sources.models import OverlayItem
from identity.api import Departure
from waddlebot.lib.redaction import Redactor

AT_ONCE = 1000


def clear_items(departure: Departure) -> int:
    OverlayItem.objects.filter(community_id__in=departure.closed_ids).delete()
    redactor = Redactor(departure.names)
    items = OverlayItem.objects.filter(community_id__in=departure.community_ids)
    named = redactor.mentioned_in("text", as_json=True)
    cleared = 0
    for item in items.annotate(text=Cast("content", TextField())).filter(named).iterator(AT_ONCE):
        item.content = redactor.value(item.content)
        item.save(update_fields=["content"])
        cleared += 1
    return cleared
