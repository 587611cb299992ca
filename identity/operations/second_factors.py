"""Second factors that their owner cannot use any more."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

from identity.operations.audit import record
from waddlebot.lib.cache import announce
from waddlebot.lib.errors import ConflictError


class SecondFactorLostError(ConflictError):
    """It was sealed with a key that is gone, so no code of it can be right."""

    code = "second_factor_lost"

    def __init__(self) -> None:
        super().__init__(
            "This second factor can be read no more. Sign in with a passkey, "
            "or ask who runs this WaddleBot to take it away."
        )


def take_away_codes(*, user_id: int, actor: str, now: datetime) -> None:
    """Remove somebody's authenticator app and recovery codes; passkeys stay.

    For who has lost them, once it is sure who asks. Removing none is fine.
    """
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
    with transaction.atomic():
        removed, _ = Authenticator.objects.filter(user_id=user_id, type__in=kinds).delete()
        if not removed:
            return
        announce("second_factors", str(user_id))
        record(
            category="audit",
            action="second_factor_taken_away",
            actor=actor,
            target=f"user:{user_id}",
            details={"authenticators": removed},
            now=now,
        )
