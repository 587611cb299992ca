"""Sessions of browsers, wherever they were begun."""

from collections.abc import Collection, Iterator
from typing import Final

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

AT_ONCE: Final = 500


def end_sessions(*, user_ids: Collection[int], addresses: Collection[str]) -> int:
    """Remove the sessions of these people, and those of nobody yet begun with their addresses.

    A session tells whose it is only when it is opened, so every live one is.
    """
    owners = {str(user_id) for user_id in user_ids}
    wanted = {address.casefold() for address in addresses if address}
    ended = 0
    for page in _pages():
        keys = [each.session_key for each in page if _is_of(each, owners, wanted)]
        ended += Session.objects.filter(session_key__in=keys).delete()[0]
    return ended


def _is_of(session: Session, owners: set[str], addresses: set[str]) -> bool:
    held = session.get_decoded()
    if SESSION_KEY in held:
        return held[SESSION_KEY] in owners
    text = str(held).casefold() if addresses else ""
    return any(address in text for address in addresses)


def _pages() -> Iterator[list[Session]]:
    page = list(Session.objects.order_by("session_key")[:AT_ONCE])
    while page:
        yield page
        after = page[-1].session_key
        page = list(
            Session.objects.filter(session_key__gt=after).order_by("session_key")[:AT_ONCE]
        )
