"""Traces of an erased person in rows that are not theirs."""

from functools import reduce
from operator import or_

from django.contrib.admin.models import LogEntry
from django.db.models import Q

from identity.models import LinkRequest, User
from identity.operations.sessions import end_sessions
from identity.registry import Departure
from waddlebot.lib.redaction import ERASED, Redactor

LIVE = (LinkRequest.State.PENDING, LinkRequest.State.CONFIRMING)


def erase_sessions(departure: Departure) -> int:
    addresses = {name for name in departure.names if "@" in name}
    return end_sessions(user_ids=departure.user_ids, addresses=addresses)


def clear_link_requests(departure: Departure) -> int:
    """Take their platform accounts out of what others asked to link, and end what still waits."""
    conditions = [
        Q(platform=platform, platform_user_id=platform_user_id)
        for platform, platform_user_id in departure.accounts
    ]
    # An account that is known by its id is theirs or not; a name alone may mean them.
    conditions += [
        Q(platform_username__iexact=name, platform_user_id="") for name in departure.names
    ]
    named = LinkRequest.objects.filter(reduce(or_, conditions, Q(pk__in=[])))
    others = named.exclude(user_id__in=departure.user_ids)
    others.filter(state__in=LIVE).update(
        state=LinkRequest.State.CANCELLED, code_hash=None, deliver_at=None
    )
    return others.update(
        platform_username="", platform_user_id="", display_name="", delivery_detail=""
    )


def clear_admin_log(departure: Departure) -> int:
    """Staff's changes stay on record; whom they changed is told by number only."""
    redactor = Redactor(departure.names)
    label = {"app_label": User._meta.app_label, "model": User._meta.model_name}  # noqa: SLF001
    about = Q(
        **{f"content_type__{name}": value for name, value in label.items()},
        object_id__in=[str(user_id) for user_id in departure.user_ids],
    )
    entries = LogEntry.objects.exclude(user_id__in=departure.user_ids)
    named = redactor.mentioned_in("object_repr") | redactor.mentioned_in("change_message")
    cleared = 0
    for entry in entries.filter(about | named).iterator():
        entry.object_repr = ERASED
        entry.change_message = redactor.text(entry.change_message)
        entry.save(update_fields=["object_repr", "change_message"])
        cleared += 1
    return cleared
