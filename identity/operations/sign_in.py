"""One-time links that sign somebody in."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from identity.models import User, VerificationCode
from identity.operations.audit import record, record_refusal
from waddlebot.lib.errors import DomainError

SIGN_IN: Final = "sign_in"
LIFE: Final = timedelta(minutes=15)
LONGEST_TOKEN: Final = 100


class LoginLinkError(DomainError):
    """Unknown, used or expired: the three look alike."""

    code = "login_link_invalid"
    status = 410


def login_link(*, user_id: int, now: datetime | None = None) -> str:
    """Return a token that signs `user_id` in once within 15 minutes. Only its hash is kept."""
    now = now or timezone.now()
    token = secrets.token_urlsafe(32)
    codes = VerificationCode.objects.filter(user_id=user_id, purpose=SIGN_IN)
    codes.filter(expires_at__lt=now).delete()
    VerificationCode.objects.create(
        purpose=SIGN_IN, user_id=user_id, code_hash=_hash(token), expires_at=now + LIFE
    )
    return token


def consume_login_token(token: str, *, now: datetime, ip: str | None = None) -> int:
    """Return whom this token signs in. Of any number who use it at once, one wins."""
    with transaction.atomic():
        user = _spend(token, now)
        if user is not None and user.is_active:
            record(
                category="authentication",
                action="sign_in_by_link",
                actor=f"user:{user.pk}",
                ip=ip,
                now=now,
            )
            return user.pk
    record_refusal(
        category="authentication",
        action="sign_in_by_link",
        actor="anonymous",
        ip=ip,
        reason="unknown, used or expired",
    )
    raise LoginLinkError("This link was used already, or it is too old. Ask for a new one.")


def _spend(token: str, now: datetime) -> User | None:
    codes = VerificationCode.objects.filter(purpose=SIGN_IN, code_hash=_hash(token))
    # No join here: Django would decide by a subquery, which does not see who came first.
    if not codes.filter(used_at=None, expires_at__gt=now).update(used_at=now):
        return None
    return User.objects.get(pk__in=codes.values("user_id"))


def _hash(token: str) -> bytes:
    value = token[:LONGEST_TOKEN].encode(errors="replace")
    return salted_hmac("waddlebot.sign-in", value, algorithm="sha256").digest()
