"""Somebody is erased: what the router knows of them, and of communities that go with them."""

import logging
import re

import redis
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.crypto import salted_hmac

from core_router.data import normal_word
from core_router.models import (
    CommandExecution,
    Connection,
    EngineCall,
    Entity,
    EventDelivery,
    ModerationEntry,
    OutgoingAction,
    QueuedEvent,
)
from core_router.operations.endings import LONGEST_DETAIL, NO_ANSWER, OVER, SAID_IT_FAILED
from core_router.queries.personal import aimed_at, sent_by, stopped_of, told_of
from identity.api import Departure
from waddlebot.lib.cache import announce
from waddlebot.lib.redaction import Redactor
from waddlebot.lib.redis import client

logger = logging.getLogger(__name__)

AT_ONCE = 1000


def pseudonym(platform: str, platform_user_id: str) -> str:
    """Return what stays of an account in the moderation log: the same for the same account."""
    value = f"{platform}\0{platform_user_id}"
    digest = salted_hmac("waddlebot.moderation", value, algorithm="sha256").hexdigest()
    return f"erased:{digest}"


def pseudonymise_moderation(departure: Departure) -> int:
    """Keep what was stopped, under a keyed hash: abuse may be recognised, nobody named."""
    exact = {user_id: pseudonym(name, user_id) for name, user_id in departure.accounts}
    redactor = Redactor(departure.names, exact=exact)
    entries = ModerationEntry.objects.filter(stopped_of(departure.accounts))
    changed = 0
    for entry in entries.iterator(AT_ONCE):
        platform = entry.entity.partition("+")[0]
        entry.platform_user_id = pseudonym(platform, entry.platform_user_id)
        entry.actions = redactor.value(entry.actions)
        entry.save(update_fields=["platform_user_id", "actions"])
        changed += 1
    return changed


def clear_queue(departure: Departure) -> int:
    """Drop what they sent that still waits or is dead, and their names from other answers."""
    dropped = QueuedEvent.objects.filter(sent_by(departure.accounts)).delete()[0]
    exact = {user_id: pseudonym(name, user_id) for name, user_id in departure.accounts}
    redactor = Redactor(departure.names, exact=exact)
    texts = QueuedEvent.objects.annotate(
        answered=Cast("answer", TextField()), asked=Cast("payload", TextField())
    )
    named = redactor.mentioned_in("answered", as_json=True)
    named |= redactor.mentioned_in("asked", as_json=True)
    for event in texts.filter(named).iterator(AT_ONCE):
        event.answer, event.payload = redactor.value(event.answer), redactor.value(event.payload)
        event.save(update_fields=["answer", "payload"])
        dropped += 1
    return dropped


def clear_deliveries(departure: Departure) -> int:
    """Drop what hooks were to be told of them, and their names from the rest of it."""
    dropped = EventDelivery.objects.filter(told_of(departure.accounts)).delete()[0]
    redactor = Redactor(departure.names)
    waiting = EventDelivery.objects.annotate(said=Cast("payload", TextField()))
    for row in waiting.filter(redactor.mentioned_in("said", as_json=True)).iterator(AT_ONCE):
        row.payload = redactor.value(row.payload)
        row.save(update_fields=["payload"])
        dropped += 1
    return dropped


def clear_outgoing(departure: Departure) -> int:
    """Drop what was to be done to them, and their names from other actions that wait."""
    dropped = OutgoingAction.objects.filter(aimed_at(departure.accounts)).delete()[0]
    redactor = Redactor(departure.names)
    waiting = OutgoingAction.objects.annotate(asked=Cast("action", TextField()))
    for row in waiting.filter(redactor.mentioned_in("asked", as_json=True)).iterator(AT_ONCE):
        row.action = redactor.value(row.action)
        row.save(update_fields=["action"])
        dropped += 1
    return dropped


def end_connections(departure: Departure) -> int:
    """Forget the channels of their own that they had connected; identity forgets the tokens."""
    return sum(
        Connection.objects.filter(platform=platform, account_id=account_id).delete()[0]
        for platform, account_id in departure.accounts
    )


def end_calls(departure: Departure) -> int:
    """Whoever is gone is answered no more: their calls go, and what ran does not stay pending."""
    ran = CommandExecution.objects.filter(user_id__in=departure.user_ids, status="pending")
    ran.update(status="failed", reason=NO_ANSWER, detail=OVER[NO_ANSWER])
    return EngineCall.objects.filter(user_id__in=departure.user_ids).delete()[0]


def forget_explanations(departure: Departure) -> int:
    """Drop what modules said of why they had failed for them, and their names from the rest."""
    said = CommandExecution.objects.filter(reason=SAID_IT_FAILED).exclude(detail="")
    dropped = said.filter(user_id__in=departure.user_ids).update(detail="")
    redactor = Redactor(departure.names)
    for row in said.filter(redactor.mentioned_in("detail")).iterator(AT_ONCE):
        row.detail = redactor.text(row.detail, LONGEST_DETAIL)
        row.save(update_fields=["detail"])
        dropped += 1
    return dropped


def close_communities(departure: Departure) -> int:
    """Drop what ran and was stopped in communities that are no more, and forget their places."""
    for entity in Entity.objects.filter(community_id__in=departure.closed_ids):
        announce("entities", entity.key)
    removed = 0
    for model in (CommandExecution, ModerationEntry):
        rows = model.objects.filter(community_id__in=departure.closed_ids)
        removed += rows.delete()[0]
    return removed


def forget_in_redis(departure: Departure) -> int:
    """Drop the keys that name them. They would end by themselves, most within the hour."""
    theirs = _keys_of(departure)
    removed = 0
    try:
        for key in client().scan_iter(match="wb:*", count=AT_ONCE):
            if theirs.search(key.decode(errors="replace")):
                removed += int(client().delete(key))  # type: ignore[arg-type]
    except redis.RedisError as error:
        logger.warning("Left to end by itself", extra={"error": type(error).__name__})
    return removed


def _keys_of(departure: Departure) -> re.Pattern[str]:
    """Return what finds their chat sessions, limits and refusals."""
    endings = [rf":why:{user_id}" for user_id in departure.user_ids]
    for platform, user_id in departure.accounts:
        account = re.escape(user_id)
        endings += [rf":s:{platform}\+.*:{account}", rf":u{platform}:{account}(:\d+)?"]
        names = (re.escape(normal_word(name)) for name in departure.names)
        endings += [rf":why:{platform}:{name}" for name in names]
    return re.compile(rf"({'|'.join(endings)})$", re.DOTALL)
