"""Which tokens communities have lent; of none what it is."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Q, QuerySet

from identity.models import LentToken
from identity.queries.departures import accounts_of


def tokens_of(community_id: int) -> "QuerySet[LentToken]":
    return LentToken.objects.filter(community_id=community_id).defer("sealed")


def token_for(*, community_id: int, platform: str, server_id: str) -> LentToken | None:
    """Return what was lent for a server, named by its id or, as chat does, by its name."""
    named = Q(account_id=server_id) | Q(account_name=server_id.lower())
    rows = tokens_of(community_id).filter(named, platform=platform)
    # Somebody may be called as another one is numbered.
    return max(rows, key=lambda row: row.account_id == server_id, default=None)


def tokens_of_account(user_id: int) -> Iterator[Mapping[str, Any]]:
    """Return what was lent of somebody's own accounts."""
    for platform, account_id in sorted(accounts_of(user_id)):
        rows = LentToken.objects.filter(platform=platform, account_id=account_id)
        yield from rows.values("community_id", "platform", "account_id", "scopes", "created_at")
