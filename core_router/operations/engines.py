"""Engines of communities: what they are, and the secrets they are called with."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction

from core_router.data import EngineType, EngineWish
from core_router.engines.base import engine_of
from core_router.engines.breaker import close
from core_router.engines.secrets import new_webhook_secret, with_secret
from core_router.models import Engine

SIGNED: Final = frozenset({EngineType.CONTAINER, EngineType.WEBHOOK})


def save_engine(
    *, community_id: int, wish: EngineWish, row: Engine | None = None, now: datetime
) -> Engine:
    """Make an engine, or make `row` what is wished for. Raises InvalidError.

    One that is signed for and was given no secret gets one, in `shown_secret`.
    """
    row = row or Engine(community_id=community_id, created_at=now)
    sealed = bytes(row.sealed_secrets) if _is_the_same(row, wish) else b""
    has_secret = bool(wish.secret or sealed)
    wish = engine_of(wish.type).check(wish, community_id=community_id, has_secret=has_secret)
    row.type, row.target = wish.type.value, wish.target
    row.timeout_s, row.options = wish.timeout_s, dict(wish.options)
    secret = wish.secret
    if secret is None and not sealed and wish.type in SIGNED:
        secret = row.shown_secret = new_webhook_secret()
    if secret is not None:
        sealed = with_secret(sealed, secret, now=now, overlap_s=wish.overlap_s)
    row.sealed_secrets = sealed
    row.save()
    # It may be whole again: it is given another chance at once, by this process.
    transaction.on_commit(lambda: close(row.pk))
    return row


def remove_engine(engine_id: int) -> None:
    """Remove an engine, what belongs to it, and what it is still owed."""
    # Whoever writes deliveries holds it too, so none is written for one that goes.
    Engine.objects.select_for_update().get(pk=engine_id).delete()


def rotate_secret(row: Engine, *, overlap_s: int, now: datetime) -> None:
    """Give a signed engine a new secret, in `shown_secret`; the old ones count a while longer."""
    row.shown_secret = new_webhook_secret()
    row.sealed_secrets = with_secret(
        bytes(row.sealed_secrets), row.shown_secret, now=now, overlap_s=overlap_s
    )
    row.save(update_fields=["sealed_secrets", "updated_at"])


def wish_of(row: Engine) -> EngineWish:
    """Return what a row says, without its secret."""
    return EngineWish(EngineType(row.type), row.target, row.timeout_s, row.options)


def told(wish: EngineWish) -> dict[str, Any]:
    """Return what the log may know of an engine."""
    return {
        "type": wish.type.value,
        "target": wish.target,
        "timeout_s": wish.timeout_s,
        "options": dict(wish.options),
        "secret": "given" if wish.secret else "as it was",
    }


def _is_the_same(row: Engine, wish: EngineWish) -> bool:
    """Return whether the secret of a row is for whom the wish is about.

    Another kind, or another address, never gets to know what we sign with; a cloud is the same
    one whichever of its functions is called.
    """
    return row.type == wish.type and (wish.type not in SIGNED or row.target == wish.target)
