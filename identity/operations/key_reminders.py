"""Telling people about their keys: that one ends soon, that one was leaked.

`ApiKey.reminded_days` is the truth: the last of 7, 1 and 0 days before its end that the owner
was told of, 0 being the end itself. Whoever was not told yet is told by the next run.
"""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused
from typing import Final

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string

from identity.data import KeyEnd
from identity.models import ApiKey
from identity.operations.audit import record
from waddlebot.lib.locks import try_to_hold

logger = logging.getLogger(__name__)

# The nearer one first: a key that ends tomorrow is due for both, and told of once.
THRESHOLDS: Final = (1, 7)
ENDED: Final = 0
A_RUN: Final = 500
MOST_FAILURES: Final = 3
LEAKS_TOLD_FOR: Final = timedelta(days=30)


def send_due(*, now: datetime) -> int:
    """Tell the owners of some keys; return how many were told. It may run twice at once."""
    told = failures = 0
    for pk, days in _due(now):
        try:
            told += _tell(pk, days, now)
        except OSError as error:
            # The next run tries this one again.
            logger.warning("A key's owner was not told", extra={"error": type(error).__name__})
            failures += 1
            if failures == MOST_FAILURES:
                break
    return told


def _due(now: datetime) -> list[tuple[int, int]]:
    """Return keys, and how many days before their end their owners are to be told."""
    leaked = _not_told(ENDED).filter(
        revoked_because=KeyEnd.LEAKED, revoked_at__gt=now - LEAKS_TOLD_FOR
    )
    due = [
        (pk, ENDED) for pk in leaked.order_by("revoked_at").values_list("pk", flat=True)[:A_RUN]
    ]
    for days in THRESHOLDS:
        ending = _ending(now, days).order_by("expires_at").values_list("pk", flat=True)
        due += [(pk, days) for pk in ending[:A_RUN]]
    return due


def _ending(now: datetime, days: int) -> "QuerySet[ApiKey]":
    """Return the keys with at most `days` left that were made to live longer than that."""
    left = timedelta(days=days)
    return _not_told(days).filter(
        revoked_at=None,
        replaced_by=None,
        expires_at__gt=now,
        expires_at__lte=now + left,
        created_at__lt=F("expires_at") - left,
        user__is_active=True,
    )


def _not_told(days: int) -> "QuerySet[ApiKey]":
    return ApiKey.objects.filter(Q(reminded_days=None) | Q(reminded_days__gt=days))


def _tell(pk: int, days: int, now: datetime) -> bool:
    """Tell one owner. The mail goes first, and it counts when this commits."""
    with transaction.atomic():
        # Not a lock on the row: whoever uses the key would wait for the mail server.
        if not try_to_hold("owner of key", pk):
            return False
        key = _not_told(days).select_related("user").filter(pk=pk).first()
        if key is None:
            return False
        _mail(key, days)
        ApiKey.objects.filter(pk=pk).update(reminded_days=days)
        if days:
            _record(key, days, now)
        return True


def _mail(key: ApiKey, days: int) -> None:
    if not key.user.email:
        return
    facts = {"key": key, "days": days, "address": settings.PUBLIC_URL}
    text = render_to_string("identity/key_notice.txt", facts)
    subject, _, body = text.partition("\n\n")
    try:
        send_mail(subject, body, None, [key.user.email])
    except SMTPRecipientsRefused:
        # Asking again would not help; the key's own page says it too.
        logger.warning("A mail server refused the address of a key's owner")


def _record(key: ApiKey, days: int, now: datetime) -> None:
    record(
        category="system",
        action="key_expires_soon",
        actor="system",
        community_id=key.community_id,
        target=f"key:{key.key_id}",
        details={"days": days, "expires_at": key.expires_at.isoformat()},
        now=now,
    )
