"""API keys that turned up where anybody can read them."""

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from functools import partial
from hmac import compare_digest
from typing import Final

from django.db import transaction

from identity.data import KeyEnd
from identity.models import ApiKey
from identity.operations.credentials import is_well_formed, parts_of
from identity.operations.keys import KeyInactiveError, revoke_key
from waddlebot.lib.addresses import counted_as
from waddlebot.lib.limits import MINUTE_S, hit_log
from waddlebot.lib.nudge import nudge
from waddlebot.lib.problems import RateLimitedError

TASK: Final = "identity.tasks.tell_key_owners"
REPORTS_A_MINUTE: Final = 20


def count_report(*, ip: str) -> None:
    """Raise when this address reports too much, or when nobody can count."""
    verdict = hit_log(f"wb:leak:{counted_as(ip)}", REPORTS_A_MINUTE, MINUTE_S)
    if not verdict.allowed:
        raise RateLimitedError(retry_after_s=verdict.reset_s)


def report_leak(*, keys: Iterable[str], now: datetime) -> None:
    """End each of these that works, and have its owner told. The rest is passed over.

    Only the whole secret ends a key: with the id alone, which logs may show, anybody could
    switch off what others rely on.
    """
    found = {parts_of(raw) for raw in keys if is_well_formed(raw)}
    rows = ApiKey.objects.filter(key_id__in={key_id for key_id, _ in found}, revoked_at=None)
    known = {row.key_id: row for row in rows}
    for key_id, secret in found:
        row = known.get(key_id)
        if row and compare_digest(hashlib.sha256(secret).digest(), bytes(row.secret_sha256)):
            _end(row, now)


def _end(row: ApiKey, now: datetime) -> None:
    # Somebody else may have ended it first; or it ended by itself.
    with suppress(KeyInactiveError), transaction.atomic():
        transaction.on_commit(partial(nudge, TASK))
        revoke_key(pk=row.pk, because=KeyEnd.LEAKED, actor="anonymous", now=now)
