"""Rules look soon at those to whom something happened: within seconds, not with the next run."""

import logging
import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from identity import api as identity
from labels.models import LabelRule, RuleWake
from labels.operations.rules.applying import carry_out, look_at, note
from labels.operations.rules.resting import rest, why_at_rest
from labels.queries.rules.rows import rulebook_of, rules_of
from waddlebot.lib.locks import try_to_hold
from waddlebot.lib.nudge import nudge
from waddlebot.lib.retries import in_transaction

logger = logging.getLogger(__name__)

WAKE: Final = "labels.tasks.answer_wakes"
NUDGE_EVERY_S: Final = 1.0
MOST_PASSES: Final = 100
"""Of chunks of one community in a row: then it is the others' turn."""

# Woken again, somebody is looked at again, though a worker has them in hand.
ADD: Final = """
INSERT INTO label_rule_wakes (community_id, user_id, woken_at)
SELECT %s, user_id, %s FROM unnest(%s::bigint[]) AS user_id ORDER BY user_id
ON CONFLICT ON CONSTRAINT somebody_is_woken_once DO UPDATE SET woken_at = EXCLUDED.woken_at
"""
# In the order in which they are added, so that nobody waits for each other.
DROP: Final = """
DELETE FROM label_rule_wakes WHERE id IN (
    SELECT wake.id FROM label_rule_wakes AS wake
    JOIN unnest(%s::bigint[], %s::timestamptz[]) AS done(id, woken_at) USING (id, woken_at)
    ORDER BY wake.user_id FOR UPDATE OF wake
)
"""
PLACES: Final = "SELECT DISTINCT community_id FROM label_rule_wakes"

Clock = Callable[[], datetime]

_nudged: dict[str, float] = {}


def wake(community_id: int, user_ids: Collection[int], now: datetime) -> None:
    """Have the rules of a community look at these people, if it has any."""
    if not user_ids or not rulebook_of(community_id).has_rules:
        return
    with connection.cursor() as cursor:
        cursor.execute(ADD, [community_id, now, sorted(set(user_ids))])
    transaction.on_commit(_nudge)


def answer_wakes(*, clock: Clock) -> int:
    """Look at everybody who was woken; return at how many.

    A community that fails waits for the next time.
    """
    answered = 0
    for community_id in _places():
        try:
            answered += _answer(community_id, clock)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("Rules failed", extra={"community_id": community_id})
    return answered


def _answer(community_id: int, clock: Clock) -> int:
    answered = 0
    for _ in range(MOST_PASSES):
        done = _answer_some(community_id, clock())
        if not done:
            break
        answered += done
    return answered


@in_transaction
def _answer_some(community_id: int, now: datetime) -> int:
    """Look at the next people, in one transaction with that they need not be looked at again."""
    if not try_to_hold("label rules", community_id):
        return 0
    woken = RuleWake.objects.filter(community_id=community_id, woken_at__lt=now)
    chunk = list(woken.order_by("user_id")[: settings.BULK_OPERATION_SIZE])
    if chunk:
        user_ids = [each.user_id for each in chunk]
        # Held before anything is given, as whoever gives does.
        identity.hold_people(user_ids)
        for rule in rules_of(community_id).filter(enabled=True).order_by("-priority", "-pk"):
            _apply(rule, user_ids, now)
        _drop(chunk)
    return len(chunk)


def _apply(rule: LabelRule, user_ids: Sequence[int], now: datetime) -> None:
    if reason := why_at_rest(rule):
        rest(rule, reason, now)
        return
    counts = carry_out(rule, look_at(rule, user_ids, now), now)
    if counts:
        note(rule, counts, now)


def _drop(wakes: Sequence[RuleWake]) -> None:
    done = [each.pk for each in wakes], [each.woken_at for each in wakes]
    with connection.cursor() as cursor:
        cursor.execute(DROP, done)


def _places() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(PLACES)
        return [community_id for (community_id,) in cursor.fetchall()]


def _nudge() -> None:
    """Wake a worker, at most once a second: a flush tells of many communities."""
    now = time.monotonic()
    if now - _nudged.get(WAKE, -NUDGE_EVERY_S) >= NUDGE_EVERY_S:
        _nudged[WAKE] = now
        nudge(WAKE)
