"""Places that have let the bot in: kept, and left again."""

import logging
from datetime import datetime
from functools import partial
from typing import Final

from django.db import transaction

from core_router.models import Connection
from core_router.operations.entities import claim_entity
from core_router.operations.nudge import CONNECTIONS, nudge
from core_router.operations.workspace_tokens import WorkspaceToken, sealed_pair
from identity import api as identity
from waddlebot.lib.cache import announce
from waddlebot.lib.errors import DomainError, NotFoundError
from waddlebot.lib.http import OutboundError
from waddlebot.platforms import INSTALLERS, Grant
from waddlebot.platforms.twitch_eventsub import drop_all

logger = logging.getLogger(__name__)

LENT: Final = "twitch"
BY_THE_BOT: Final = "discord"
MOST_NAME: Final = 100


def connect(
    grant: Grant, *, platform: str, community_id: int, actor: str, now: datetime
) -> Connection:
    """Keep what a place has granted; it is proven to be the community's by that.

    Raises EntityTakenError when another community has proven it.
    """
    lent, is_new = None, False
    if platform == LENT:
        # Twitch is asked whose it is, so nothing may be held meanwhile.
        lent, is_new = identity.lend(
            community_id=community_id,
            platform=platform,
            access=grant.access,
            refresh=grant.refresh,
            actor=actor,
            now=now,
        )
    try:
        return _keep(grant, platform, community_id, actor, now)
    except DomainError:
        if lent and is_new:
            identity.take_back(community_id=community_id, token_id=lent.pk, actor=actor, now=now)
        raise


def disconnect(*, community_id: int, connection_id: int, actor: str, now: datetime) -> None:
    """Forget a place and what it granted. The platform is told; if it is away, it is forgotten."""
    mine = Connection.objects.filter(community_id=community_id)
    row = mine.filter(pk=connection_id).first()
    if row is None:
        raise NotFoundError
    _leave(row)
    with transaction.atomic():
        row = mine.select_for_update().filter(pk=connection_id).first()
        if row is None:
            raise NotFoundError
        _tell("connection.ended", row, _told(row), {}, actor, now)
        row.delete()
        announce("connections", f"{row.platform}+{row.server_id}")
        token = _lent(row)
        if token is not None:
            identity.take_back(community_id=community_id, token_id=token.id, actor=actor, now=now)


def _keep(grant: Grant, platform: str, community_id: int, actor: str, now: datetime) -> Connection:
    with transaction.atomic():
        claim_entity(
            community_id=community_id,
            platform=platform,
            server_id=grant.server_id,
            proven=True,
            actor=actor,
            now=now,
        )
        rows = Connection.objects.select_for_update().filter(platform=platform)
        before = _told(rows.filter(account_id=grant.account_id).first())
        row, _ = Connection.objects.update_or_create(
            platform=platform,
            account_id=grant.account_id,
            defaults=_values(grant, platform, now) | {"community_id": community_id},
        )
        announce("connections", f"{platform}+{grant.server_id}")
        _tell("connection.made", row, before, _told(row), actor, now)
        transaction.on_commit(partial(nudge, CONNECTIONS))
    return row


def _leave(row: Connection) -> None:
    """Tell the platform, which may be away or know nothing of it any more."""
    try:
        access = ""
        if row.platform == LENT:
            drop_all(row.account_id)
            token = _lent(row)
            access = token.current() if token else ""
        elif row.sealed:
            access = WorkspaceToken(row.pk, row.account_id).current()
        if access or row.platform == BY_THE_BOT:
            grant = Grant(row.server_id, row.account_id, row.name, frozenset(), access)
            INSTALLERS[row.platform].leave(grant)
    except OutboundError as error:
        facts = {"platform": row.platform, "reason": error.code}
        logger.warning("A platform was not told that a place is left", extra=facts)


def _lent(row: Connection) -> identity.BorrowedToken | None:
    if row.platform != LENT:
        return None
    return identity.borrow(
        community_id=row.community_id, platform=row.platform, server_id=row.account_id
    )


def _values(grant: Grant, platform: str, now: datetime) -> dict[str, object]:
    has_own = platform != LENT and grant.access
    return {
        "server_id": grant.server_id,
        "name": grant.name[:MOST_NAME],
        "scopes": sorted(grant.scopes)[:100],
        "sealed": sealed_pair(grant.access, grant.refresh) if has_own else None,
        "state": "active",
        "detail": "",
        "facts": {},
        "created_at": now,
        "due_at": now,
    }


def _told(row: Connection | None) -> dict[str, object]:
    # Of the account no more than the row's number: who is erased is not in the log.
    return {"platform": row.platform, "scopes": row.scopes, "state": row.state} if row else {}


def _tell(
    action: str,
    row: Connection,
    before: dict[str, object],
    after: dict[str, object],
    actor: str,
    now: datetime,
) -> None:
    identity.record(
        category="audit",
        action=action,
        actor=actor,
        community_id=row.community_id,
        target=f"connection:{row.pk}",
        details={"before": before, "after": after},
        now=now,
    )
