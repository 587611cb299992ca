"""Connections are looked at now and then, and mended: tokens, subscriptions, slash commands."""

import hashlib
import json
import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection

from core_router.models import Connection
from core_router.operations.workspace_tokens import WorkspaceToken
from core_router.queries.commands import command_table
from identity import api as identity
from waddlebot import platforms
from waddlebot.lib.http import OutboundError
from waddlebot.platforms import discord_commands, slack_install, twitch_eventsub
from waddlebot.platforms.errors import ClosedError, RefusedError

logger = logging.getLogger(__name__)

# Twitch wants tokens looked at every hour: https://dev.twitch.tv/docs/authentication/validate-tokens
EVERY: Final = timedelta(minutes=50)
IN_HAND: Final = timedelta(minutes=5)
AWAY: Final = timedelta(minutes=5)
# Twitch calls the address of a new subscription at once, and then says whether it was heard.
UNANSWERED: Final = timedelta(minutes=2)
PENDING: Final = "webhook_callback_verification_pending"
NO_WEBHOOKS: Final = "Twitch calls public https addresses alone: let a collector listen."
CLAIM: Final = """
UPDATE connections SET due_at = %(until)s
WHERE id = (
    SELECT id FROM connections WHERE due_at <= %(now)s
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id
"""


def keep_connections(*, clock: Callable[[], datetime]) -> int:
    """Look at each that is due, one worker at each; return how many it were."""
    count = 0
    while (row := _claimed(clock())) is not None:
        _keep(row, clock())
        count += 1
    return count


def commands_changed(community_id: int, *, now: datetime) -> None:
    """Have the slash commands of its servers compared soon, once for all that changes now."""
    Connection.objects.filter(
        community_id=community_id, platform="discord", due_at__gt=now + timedelta(seconds=5)
    ).update(due_at=now + timedelta(seconds=5))


def _claimed(now: datetime) -> Connection | None:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "until": now + IN_HAND})
        found = cursor.fetchone()
    return Connection.objects.filter(pk=found[0]).first() if found else None


def _keep(row: Connection, now: datetime) -> None:
    due_at = now + EVERY * random.uniform(0.9, 1.0)  # noqa: S311 - so that not all come at once
    try:
        found = KEEPERS[row.platform](row)
        state, detail = "active", str(found.pop("detail", ""))
        if PENDING in found.get("subscriptions", {}).values():
            due_at = now + UNANSWERED
    except ClosedError as refusal:
        found, state, detail = row.facts, "broken", refusal.text
    except OutboundError as error:
        found, state, detail, due_at = row.facts, row.state, error.text, now + AWAY
    if state == "broken" and row.state != state:
        facts = {"platform": row.platform, "connection": row.pk}
        logger.warning("A connection is broken", extra=facts)
    ours = Connection.objects.filter(pk=row.pk, due_at=row.due_at)
    # What was changed meanwhile is looked at when it says so.
    ours.update(due_at=due_at)
    Connection.objects.filter(pk=row.pk).update(
        facts=found, state=state, detail=detail[:300], checked_at=now
    )


def _keep_channel(row: Connection) -> dict[str, Any]:
    member = platforms.PLATFORMS[row.platform]
    token = identity.borrow(
        community_id=row.community_id, platform=row.platform, server_id=row.account_id
    )
    if token is None:
        raise ClosedError("no_token", "The channel's token was taken back. Connect it anew.")
    access = token.current()
    try:
        member.examine_token(access)
    except ClosedError:
        raise
    except RefusedError:
        member.examine_token(token.renewed(refused=access))
    if not settings.PUBLIC_URL.startswith("https://"):
        return {"subscriptions": {}, "detail": NO_WEBHOOKS}
    return {"subscriptions": twitch_eventsub.repair(row.account_id)}


def _keep_server(row: Connection) -> dict[str, Any]:
    discord_commands.is_on(row.server_id)
    table = command_table(row.community_id)
    # What is typed behind Discord's slash is called as with an exclamation mark.
    ours = [each for each in table.all if each.enabled and each.prefix == "!"]
    wanted = discord_commands.slash_commands([(each.name, each.description) for each in ours])
    digest = hashlib.sha256(json.dumps(wanted).encode()).hexdigest()
    if row.facts.get("commands") != digest:
        discord_commands.register(row.server_id, wanted)
    return {"commands": digest, "registered": len(wanted)}


def _keep_workspace(row: Connection) -> dict[str, Any]:
    token = WorkspaceToken(row.pk, row.account_id)
    access = token.current()
    try:
        team = slack_install.examine(access)
    except ClosedError as refusal:
        if refusal.code != "token_expired":
            raise
        team = slack_install.examine(token.renewed(refused=access))
    if team != row.account_id:
        raise ClosedError("other_workspace", "The token is of another workspace.")
    return {}


KEEPERS: Final[dict[str, Callable[[Connection], dict[str, Any]]]] = {
    "twitch": _keep_channel,
    "discord": _keep_server,
    "slack": _keep_workspace,
}
