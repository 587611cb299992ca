"""How many codes somebody may ask for, and how many wrong ones they may type.

Counted in PostgreSQL under a lock for each subject, exactly and without Redis.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from django.conf import settings

from identity.models import CodeAttempt
from identity.operations.link_codes import ATTEMPTS, LIFE, subject_hash
from waddlebot.lib.addresses import counted_as
from waddlebot.lib.locks import hold
from waddlebot.lib.problems import RateLimitedError


@dataclass(frozen=True, slots=True)
class Window:
    most: int
    period: timedelta


ASKED: Final = (Window(5, timedelta(hours=1)), Window(20, timedelta(days=1)))
TYPED: Final = (Window(ATTEMPTS, LIFE),)
GUESSED: Final = (Window(5, timedelta(hours=1)),)
REMEMBERED: Final = max(window.period for window in (*ASKED, *TYPED, *GUESSED))


class TooManyCodesError(RateLimitedError):
    code = "too_many_codes"


def count_asked(
    *, user_id: int, platform: str, username: str, address: str, now: datetime
) -> None:
    """Count a code for who asked, for whom, and from where; refuse it when one had too many."""
    subjects = [subject_hash("asked", "user", str(user_id))]
    if username:
        subjects.append(subject_hash("asked", "target", platform, username.lower()))
    if _is_one_persons(address):
        subjects.append(subject_hash("asked", "address", counted_as(address)))
    # In one order, so that two who ask never wait for each other.
    for subject in sorted(subjects):
        _lock(subject)
    waits = [_wait(subject, ASKED, now) for subject in subjects]
    if longest := max(waits):
        raise TooManyCodesError(
            "Too many codes were asked for. Wait, or use the last one.",
            retry_after_s=longest.total_seconds(),
        )
    _note(subjects, now)


def has_typed_too_many(*, platform: str, platform_user_id: str, now: datetime) -> bool:
    """Tell it, and let nobody else count for the same account before this transaction ends."""
    subject = subject_hash("typed", platform, platform_user_id)
    _lock(subject)
    return bool(_wait(subject, TYPED, now))


def count_typed(*, platform: str, platform_user_id: str, now: datetime) -> None:
    _note([subject_hash("typed", platform, platform_user_id)], now)


def wait_to_guess(*, user_id: int, now: datetime) -> timedelta:
    """Return how long somebody must wait with their next code for a merge, and hold the count."""
    subject = subject_hash("guessed", str(user_id))
    _lock(subject)
    return _wait(subject, GUESSED, now)


def count_guess(*, user_id: int, now: datetime) -> None:
    _note([subject_hash("guessed", str(user_id))], now)


def forget_counted(*, now: datetime) -> int:
    return CodeAttempt.objects.filter(created_at__lt=now - REMEMBERED).delete()[0]


def _is_one_persons(address: str) -> bool:
    """Behind our own addresses is a gateway, a portal or whoever tries this out: many people."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return not any(parsed in network for network in settings.INTERNAL_NETWORKS)


def _lock(subject: bytes) -> None:
    hold("codes of", subject.hex())


def _wait(subject: bytes, windows: Sequence[Window], now: datetime) -> timedelta:
    """Return how long until one more is within every window; nothing when it is already."""
    longest = timedelta(0)
    for window in windows:
        counted = CodeAttempt.objects.filter(
            subject_hash=subject, created_at__gt=now - window.period
        ).order_by("-created_at")
        oldest = counted.values_list("created_at", flat=True)[window.most - 1 : window.most]
        longest = max([longest, *(each + window.period - now for each in oldest)])
    return longest


def _note(subjects: Sequence[bytes], now: datetime) -> None:
    CodeAttempt.objects.bulk_create(
        [CodeAttempt(subject_hash=subject, created_at=now) for subject in subjects]
    )
