"""A place is proven by a code that its broadcaster, owner or admin types there.

Whoever reports what was typed has to be believed on it: the platforms themselves, and keys with
the scope `identity:verify`, which only staff give out.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.crypto import salted_hmac

from core_router.models import Entity, PlaceCode
from core_router.operations.entities import Claim, EntityTakenError, claim_entity
from identity import api as identity
from waddlebot.lib.errors import ConflictError
from waddlebot.lib.places import Place, place_of

ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH: Final = 10
LASTS: Final = timedelta(minutes=10)
TYPED: Final = frozenset({"!claim", "/claim"})
MAY_CLAIM: Final = frozenset({"broadcaster", "owner", "admin"})


class AlreadyProvenError(ConflictError):
    code = "already_proven"


@dataclass(frozen=True, slots=True)
class Issued:
    """A code, shown once."""

    code: str
    entity: str
    expires_at: datetime


def issue_code(*, community_id: int, place: Place, actor: str, now: datetime) -> Issued:
    """Make a code for a place; the former one is worth nothing any more.

    Raises EntityTakenError and AlreadyProvenError where there is nothing to be proven.
    """
    columns = {"platform": place.platform, "server_id": place.server_id}
    proven = Entity.objects.filter(**columns, channel_id=place.channel_id, is_proven=True)
    owner = proven.values_list("community_id", flat=True).first()
    if owner == community_id:
        raise AlreadyProvenError("This place is proven to be yours.")
    if owner is not None:
        raise EntityTakenError("Another community has this place.")
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    issued = Issued(code, place.key, now + LASTS)
    with transaction.atomic():
        PlaceCode.objects.update_or_create(
            community_id=community_id,
            entity=place.key,
            defaults={"digest": _digest(place.key, code), "expires_at": issued.expires_at},
        )
        identity.record(
            category="audit",
            action="entity.code_issued",
            actor=actor,
            community_id=community_id,
            target=f"entity:{place.key}",
            details={"before": "", "after": "code"},
            now=now,
        )
    return issued


def community_of_code(*, entity: str, code: str, now: datetime) -> int | None:
    """Return whose code this is, if it is good here: for the place, or for all of its server."""
    rows = PlaceCode.objects.filter(digest__in=_digests(entity, code), expires_at__gt=now)
    return rows.values_list("community_id", flat=True).first()


def prove_by_code(*, community_id: int, entity: str, code: str, now: datetime) -> Claim | None:
    """Use a code up and prove the place by it; None for one that is not good. Of many at once
    one is first. Raises EntityTakenError."""
    codes = PlaceCode.objects.filter(community_id=community_id, expires_at__gt=now)
    with transaction.atomic():
        good = codes.filter(digest__in=_digests(entity, code))
        used = good.select_for_update().order_by("pk").first()
        if used is None:
            return None
        used.delete()
        place = place_of(used.entity)
        return claim_entity(
            community_id=community_id,
            platform=place.platform,
            server_id=place.server_id,
            channel_id=place.channel_id,
            proven=True,
            actor="chat",
            now=now,
        )


def forget_codes(*, now: datetime) -> int:
    return PlaceCode.objects.filter(expires_at__lte=now).delete()[0]


def _digests(entity: str, code: str) -> list[str]:
    server = "+".join(entity.split("+")[:2])
    return [_digest(key, code) for key in {entity, server}]


def _digest(entity: str, code: str) -> str:
    said = f"{entity} {code.strip().upper()}"
    return salted_hmac("core_router.place_codes", said, algorithm="sha256").hexdigest()
