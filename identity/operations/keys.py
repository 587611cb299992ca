"""API keys: made, rotated, revoked (contract 1)."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Least
from django.utils import timezone

from identity.data import Credential, KeyEnd, NewKey, Scope
from identity.models import ApiKey, User
from identity.operations.audit import record
from identity.operations.credentials import ID_LENGTH, SECRET_LENGTH, checksum
from identity.queries.keys import Network
from waddlebot.lib.cache import announce
from waddlebot.lib.errors import ConflictError, Flaw, ForbiddenError, InvalidError
from waddlebot.lib.ids import random_base62

ACTIVE_KEYS: Final = 5
DEFAULT_LIFE: Final = timedelta(days=90)
LONGEST_LIFE: Final = timedelta(days=365)
LONGEST_OVERLAP_S: Final = 86_400
ALLOWED_IPS: Final = 50


class TooManyKeysError(ConflictError):
    code = "too_many_keys"


class KeyInactiveError(ConflictError):
    """Revoked, expired, or rotated before: it cannot be rotated or revoked again."""

    code = "key_inactive"


class BeyondMakerError(ForbiddenError):
    """A key cannot make one, or get hold of one, that can do more than itself."""

    code = "beyond_this_key"


def create_key(  # noqa: PLR0913
    *,
    user_id: int,
    name: str,
    scopes: Iterable[str],
    community_id: int | None = None,
    platform: str = "",
    expires_at: datetime | None = None,
    allowed_ips: Sequence[str] = (),
    requests_per_minute: int = 6000,
    secret: str | None = None,
    key_id: str | None = None,
    limited: bool = False,
    actor: str = "system",
    now: datetime | None = None,
) -> NewKey:
    """Make a key. With `limited`, refuse when its owner has five active ones already.

    The command line is not held to that limit, though its keys count towards it.
    """
    now = now or timezone.now()
    secret = secret or random_base62(SECRET_LENGTH)
    row = ApiKey(
        key_id=key_id or random_base62(ID_LENGTH),
        secret_sha256=hashlib.sha256(secret.encode()).digest(),
        name=name,
        user_id=user_id,
        community_id=community_id,
        platform=platform,
        scopes=checked_scopes(scopes),
        allowed_ips=checked_networks(allowed_ips),
        requests_per_minute=requests_per_minute,
        created_at=now,
        expires_at=_checked_expiry(expires_at, now),
    )
    with transaction.atomic():
        if limited:
            _make_room(user_id, now)
        row.save(force_insert=True)
        _record("key_created", row, actor, after=_facts(row), now=now)
    return _new_key(row, secret)


def rotate_key(*, pk: int, overlap_s: int, actor: str = "system", now: datetime) -> NewKey:
    """Make a key's successor. The old one works `overlap_s` seconds more; with 0, no more."""
    if not 0 <= overlap_s <= LONGEST_OVERLAP_S:
        flaw = Flaw("#/overlap_s", f"Must be between 0 and {LONGEST_OVERLAP_S}.")
        raise InvalidError("The overlap is out of bounds.", errors=[flaw])
    secret = random_base62(SECRET_LENGTH)
    with transaction.atomic():
        old = ApiKey.objects.get(pk=pk)
        new = _successor(old, secret, now)
        ends_at = Least(F("expires_at"), Value(now + timedelta(seconds=overlap_s)))
        active = ApiKey.objects.filter(pk=pk, revoked_at=None, expires_at__gt=now)
        # One statement decides between two rotations, or a rotation and a revocation.
        changed = active.filter(replaced_by=None).update(
            replaced_by=new,
            expires_at=ends_at,
            revoked_at=None if overlap_s else now,
            revoked_because="" if overlap_s else KeyEnd.ROTATED,
        )
        if not changed:
            raise KeyInactiveError("This key is revoked, expired or rotated already.")
        announce("api_keys", old.key_id)
        _record("key_rotated", old, actor, after=_facts(new) | {"overlap_s": overlap_s}, now=now)
    return _new_key(new, secret)


def revoke_key(
    *,
    pk: int,
    because: KeyEnd = KeyEnd.OWNER,
    actor: str = "system",
    now: datetime | None = None,
) -> None:
    """End a key at once; every process refuses it within a second."""
    now = now or timezone.now()
    active = ApiKey.objects.filter(pk=pk, revoked_at=None, expires_at__gt=now)
    with transaction.atomic():
        if not active.update(revoked_at=now, revoked_because=because):
            raise KeyInactiveError("This key is revoked or expired already.")
        row = ApiKey.objects.get(pk=pk)
        announce("api_keys", row.key_id)
        _record("key_revoked", row, actor, after={"because": because}, now=now)


def keep_within(
    maker: Credential,
    *,
    scopes: Iterable[str],
    community_id: int | None,
    platform: str,
    allowed_ips: Sequence[str],
) -> None:
    """Raise unless a key like this may come into the hands of whoever holds `maker`."""
    if Scope.ADMIN in scopes and not maker.is_staff:
        raise BeyondMakerError("Only staff have keys with the scope admin.")
    if not maker.key_id:
        return
    row = ApiKey.objects.get(key_id=maker.key_id)
    if extra := set(scopes) - set(row.scopes):
        raise BeyondMakerError(f"This key has no {', '.join(sorted(extra))} to pass on.")
    if row.community_id not in {None, community_id}:
        raise BeyondMakerError("This key is bound to its community.")
    if row.platform not in {"", platform}:
        raise BeyondMakerError("This key is bound to its platform.")
    if not _all_inside(allowed_ips, row.allowed_ips):
        raise BeyondMakerError("This key is bound to its addresses.")


def check_handed_out(maker: Credential, *, scopes: Iterable[str]) -> None:
    """Raise when `maker` gives out what is not theirs to give: the word on who typed what.

    Anybody may found a community, and its key reports whatever they like. So who proves accounts
    by a key is for staff and the command line to say; a key that may can pass it on.
    """
    if Scope.IDENTITY_VERIFY in scopes and not maker.is_staff and not maker.key_id:
        raise BeyondMakerError("Only staff give out the scope identity:verify.")


def _all_inside(inner: Sequence[str], outer: Sequence[str]) -> bool:
    if not outer:
        return True
    return bool(inner) and all(
        any(_is_inside(ip_network(each), ip_network(net)) for net in outer) for each in inner
    )


def _is_inside(inner: Network, outer: Network) -> bool:
    if isinstance(inner, IPv4Network):
        return isinstance(outer, IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and inner.subnet_of(outer)


def checked_scopes(scopes: Iterable[str]) -> list[str]:
    wanted = sorted(set(scopes))
    if not wanted:
        flaw = Flaw("#/scopes", "At least one scope is needed.")
        raise InvalidError("A key without scopes opens nothing.", errors=[flaw])
    if unknown := [scope for scope in wanted if scope not in set(Scope)]:
        flaw = Flaw("#/scopes", f"Unknown: {', '.join(unknown)[:200]}.")
        raise InvalidError("There is no such scope.", errors=[flaw])
    return [str(scope) for scope in wanted]


def checked_networks(networks: Sequence[str]) -> list[str]:
    """Return single addresses and networks as written in one way; refuse anything else."""
    if len(networks) > ALLOWED_IPS:
        flaw = Flaw("#/allowed_ips", f"At most {ALLOWED_IPS}.")
        raise InvalidError("Too many addresses.", errors=[flaw])
    try:
        return [str(ip_network(each.strip(), strict=False)) for each in networks]
    except ValueError:
        flaw = Flaw("#/allowed_ips", "Not an address or a network.")
        raise InvalidError("An address is malformed.", errors=[flaw]) from None


def _checked_expiry(expires_at: datetime | None, now: datetime) -> datetime:
    if expires_at is None:
        return now + DEFAULT_LIFE
    if not now < expires_at <= now + LONGEST_LIFE:
        flaw = Flaw("#/expires_at", f"Must be in the next {LONGEST_LIFE.days} days.")
        raise InvalidError("A key must end some day.", errors=[flaw])
    return expires_at


def _make_room(user_id: int, now: datetime) -> None:
    User.objects.select_for_update(no_key=True).get(pk=user_id)
    active = ApiKey.objects.filter(
        user_id=user_id, revoked_at=None, replaced_by=None, expires_at__gt=now
    )
    if active.count() >= ACTIVE_KEYS:
        raise TooManyKeysError(f"There are {ACTIVE_KEYS} active keys. Revoke one first.")


def _successor(old: ApiKey, secret: str, now: datetime) -> ApiKey:
    life = min(old.expires_at - old.created_at, LONGEST_LIFE)
    return ApiKey.objects.create(
        key_id=random_base62(ID_LENGTH),
        secret_sha256=hashlib.sha256(secret.encode()).digest(),
        name=old.name,
        user_id=old.user_id,
        community_id=old.community_id,
        platform=old.platform,
        scopes=old.scopes,
        allowed_ips=old.allowed_ips,
        requests_per_minute=old.requests_per_minute,
        created_at=now,
        expires_at=now + life,
    )


def _new_key(row: ApiKey, secret: str) -> NewKey:
    head = f"wb_{row.key_id}_{secret}"
    return NewKey(id=row.pk, key_id=row.key_id, full=f"{head}_{checksum(head)}")


def _facts(row: ApiKey) -> dict[str, object]:
    # Not its name: that is a person's own words, and nothing ever goes from the log.
    return {
        "key_id": row.key_id,
        "scopes": row.scopes,
        "platform": row.platform,
        "allowed_ips": row.allowed_ips,
        "expires_at": row.expires_at.isoformat(),
    }


def _record(
    action: str, row: ApiKey, actor: str, *, after: dict[str, object], now: datetime
) -> None:
    before = {} if action == "key_created" else _facts(row)
    record(
        category="audit",
        action=action,
        actor=actor,
        community_id=row.community_id,
        target=f"key:{row.key_id}",
        details={"before": before, "after": after},
        now=now,
    )
