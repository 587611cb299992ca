"""The AAA log: who did what, when, from where, and whether it was allowed.

Each row carries the SHA-256 of itself and of the row before it, so a row that is changed,
removed or moved breaks the chain of its day (`identity.queries.audit` proves it).
"""

import threading
import time
from collections.abc import Mapping
from datetime import date, datetime
from ipaddress import ip_address
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from identity.data import Credential
from identity.models import AuditEvent
from identity.queries.audit import FIRST_HASH, bounds_of, hash_of, last_of_day
from waddlebot.lib.ids import new_id_at
from waddlebot.lib.locks import hold
from waddlebot.lib.logging import current_address, current_request_id

REFUSALS_PER_MINUTE: Final = 100
FLOATS_WRITTEN_ALIKE: Final = 1e15


def record(  # noqa: PLR0913
    *,
    category: str,
    action: str,
    outcome: str = "success",
    actor: str = "",
    community_id: int | None = None,
    target: str = "",
    ip: str | None = None,
    details: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> None:
    """Append one row, in the caller's transaction. Never put a secret or a message into it.

    Call it last: the chain of the day is locked until that transaction ends.
    """
    moment = now or timezone.now()
    event = AuditEvent(
        category=category,
        action=action,
        outcome=outcome,
        actor=storable(actor)[:60],
        community_id=community_id,
        target=storable(target)[:200],
        ip=address_of(ip or current_address()),
        request_id=current_request_id()[:64],
        details=storable(details or {}),
        day=moment.date(),
    )
    with transaction.atomic(savepoint=False):
        hold("audit_events", event.day)
        _chain(event, moment)
        event.save(force_insert=True)


def address_of(ip: str | None) -> str | None:
    """Return an address as PostgreSQL keeps it; None when it is none."""
    try:
        return str(ip_address((ip or "").partition("%")[0]))
    except ValueError:
        return None


def storable(value: Any) -> Any:
    """Return `value` as PostgreSQL gives it back, since its hash is proven against that."""
    match value:
        case None | bool() | int():
            return value
        case str():
            return value.encode(errors="replace").decode().replace("\0", "?")
        case float():
            return value if abs(value) < FLOATS_WRITTEN_ALIKE else str(value)
        case Mapping():
            return {str(key): storable(below) for key, below in value.items()}
        case list() | tuple() | set() | frozenset():
            return [storable(below) for below in value]
    return str(value)


def _chain(event: AuditEvent, moment: datetime) -> None:
    event.id = new_id_at(moment)
    last = last_of_day(event.day)
    if last is None:
        event.position = 1
        event.previous_hash = _last_hash_before(event.day)
    else:
        # The clocks of two machines may differ: the order of the ids is the order of the chain.
        event.id = max(event.id, UUID(int=last[0].int + 1))
        event.position = last[1] + 1
        event.previous_hash = last[2]
    event.hash = hash_of(event)


def _last_hash_before(day: date) -> bytes:
    """Return what ties a new day to the one before, so that no day's end can be cut off."""
    earlier = AuditEvent.objects.filter(day__lt=day, id__lt=bounds_of(day)[0])
    last = earlier.order_by("-id").first()
    return FIRST_HASH if last is None else bytes(last.hash)


def actor_of(credential: Credential | None) -> str:
    if credential is None:
        return "anonymous"
    if credential.key_id:
        return f"key:{credential.key_id}"
    return f"user:{credential.user_id}"


def current_minute() -> int:
    return int(time.monotonic() // 60)


class _RefusalGate:
    """Lets one refusal of each kind through a minute, and 100 of all kinds, in each process.

    So that whoever knocks all day cannot fill the log; the next row tells how many were left out.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = -1
        self._seen: set[tuple[str, str]] = set()
        self._left_out = 0

    def left_out(self, kind: tuple[str, str]) -> int | None:
        """Return how many were left out since the last row, or None when this one is too."""
        minute = current_minute()
        with self._lock:
            if minute != self._minute:
                self._minute, self._seen = minute, set()
            if kind in self._seen or len(self._seen) >= REFUSALS_PER_MINUTE:
                self._left_out += 1
                return None
            self._seen.add(kind)
            left_out, self._left_out = self._left_out, 0
            return left_out

    def reset(self) -> None:
        self._minute = -1


gate: Final = _RefusalGate()


def record_refusal(
    *,
    category: str,
    action: str,
    actor: str,
    community_id: int | None = None,
    ip: str | None = None,
    reason: str,
) -> None:
    """Record that somebody was refused: at most one row a minute for each actor and reason."""
    left_out = gate.left_out((actor, f"{action} {reason}"))
    if left_out is not None:
        record(
            category=category,
            action=action,
            outcome="refused",
            actor=actor,
            community_id=community_id,
            ip=ip,
            details={"reason": reason, "left_out_before": left_out},
        )
