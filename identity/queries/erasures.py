"""Erasures: what somebody asked for, and the receipt of what was done."""

from typing import Final
from uuid import UUID

from django.core.signing import BadSignature, Signer

from identity.models import Erasure
from waddlebot.lib.errors import NotFoundError

_signer: Final = Signer(salt="waddlebot.erasure", sep=".")


def last_erasure(user_id: int) -> Erasure:
    """Return the erasure somebody asked for last."""
    erasure = Erasure.objects.filter(user_id=user_id).order_by("-pk").first()
    if erasure is None:
        raise NotFoundError
    return erasure


def scheduled_erasure(user_id: int) -> Erasure | None:
    return Erasure.objects.filter(user_id=user_id, state=Erasure.State.SCHEDULED).first()


def receipt_token(erasure: Erasure) -> str:
    """Return what opens the receipt, for somebody who has no account any more."""
    return _signer.sign(erasure.pk.hex)


def erasure_by_token(token: str) -> Erasure:
    try:
        return Erasure.objects.get(pk=UUID(_signer.unsign(token)))
    except (BadSignature, ValueError, Erasure.DoesNotExist):
        raise NotFoundError from None
