"""Somebody is erased: what others' rows tell of them."""

from django.db.models import Q

from identity.api import Departure
from labels.models import ObjectLabel, UserLabel
from labels.models.assignments import LONGEST_REASON
from waddlebot.lib.redaction import Redactor


def clear_reasons(departure: Departure) -> int:
    """Take their names out of why others were given labels, where they have been."""
    redactor = Redactor(departure.names)
    there = Q(community_id__in=departure.community_ids) | Q(community_id=None)
    cleared = 0
    for model in (UserLabel, ObjectLabel):
        rows = model.objects.filter(there, redactor.mentioned_in("reason")).exclude(reason="")
        for row in rows.iterator():
            row.reason = redactor.text(row.reason, LONGEST_REASON)
            row.save(update_fields=["reason"])
            cleared += 1
    return cleared
