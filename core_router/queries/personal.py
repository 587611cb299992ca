"""Where the router tells of somebody by the ids their platforms gave them."""

from collections.abc import Collection, Iterator
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from core_router.models import (
    Connection,
    EventDelivery,
    ModerationEntry,
    OutgoingAction,
    QueuedEvent,
)
from identity import api as identity
from waddlebot.lib.ids import moment_of

Accounts = Collection[tuple[str, str]]

HITS = ("id", "community_id", "entity", "platform_user_id", "message_id", "matches", "actions")
ACTIONS = ("id", "community_id", "entity", "execution_id", "action")
DELIVERIES = ("id", "community_id", "event_id", "message_type", "state", "payload")
EVENTS = ("id", "community_id", "platform", "event_id", "state", "payload")

CONNECTIONS = ("community_id", "platform", "account_id", "scopes", "created_at")


def moderation_of(user_id: int) -> Iterator[dict[str, Any]]:
    """Return what moderation stopped of somebody's accounts."""
    rows = ModerationEntry.objects.filter(stopped_of(identity.accounts_of(user_id)))
    for row in identity.pages(rows, HITS):
        yield {"at": moment_of(row["id"])} | row


def events_of(user_id: int) -> Iterator[dict[str, Any]]:
    """Return what somebody's accounts sent that waits, or that could not be processed."""
    rows = QueuedEvent.objects.filter(sent_by(identity.accounts_of(user_id)))
    for row in identity.pages(rows, EVENTS):
        # A text that is sealed may be a code, and those are handed out to nobody.
        row["payload"].pop("sealed_content", None)
        yield row


def deliveries_of(user_id: int) -> Iterator[dict[str, Any]]:
    """Return what somebody's accounts did that hooks were not told of yet."""
    rows = EventDelivery.objects.filter(told_of(identity.accounts_of(user_id)))
    for row in identity.pages(rows, DELIVERIES):
        row["payload"].pop("sealed", None)
        yield row


def actions_on(user_id: int) -> Iterator[dict[str, Any]]:
    """Return what waits for a collector and is about somebody's accounts."""
    rows = OutgoingAction.objects.filter(aimed_at(identity.accounts_of(user_id)))
    yield from identity.pages(rows, ACTIONS)


def connections_of(user_id: int) -> Iterator[dict[str, Any]]:
    """Return the channels of their own that somebody has connected; of the tokens nothing."""
    for platform, account_id in sorted(identity.accounts_of(user_id)):
        rows = Connection.objects.filter(platform=platform, account_id=account_id)
        yield from map(dict, rows.values(*CONNECTIONS))


def aimed_at(accounts: Accounts) -> Q:
    return _any_of(
        Q(action__user_id=user_id, entity__startswith=f"{platform}+")
        for platform, user_id in accounts
    )


def stopped_of(accounts: Accounts) -> Q:
    return _any_of(
        Q(platform_user_id=user_id, entity__startswith=f"{platform}+")
        for platform, user_id in accounts
    )


def told_of(accounts: Accounts) -> Q:
    return _any_of(
        Q(payload__user_id=user_id, lane__entity__startswith=f"{platform}+")
        for platform, user_id in accounts
    )


def sent_by(accounts: Accounts) -> Q:
    return _any_of(
        Q(platform=platform, payload__user_id=user_id) for platform, user_id in accounts
    )


def _any_of(conditions: Iterator[Q]) -> Q:
    return reduce(or_, conditions, Q(pk__in=[]))
