"""API keys: the ones in use from memory, the rest by query."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from identity.data import Credential, KeyInfo
from identity.models import ApiKey
from waddlebot.lib.cache import LocalCache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key, with what is needed to check one against it. `is_over`: it, or its owner, is off."""

    credential: Credential
    secret_sha256: bytes
    expires_at: datetime
    allowed: tuple[Network, ...]
    is_over: bool


class UnknownKeyError(LookupError):
    """Raised instead of remembered, so that guesses do not crowd out the keys in use."""


def _load(key_id: str) -> KnownKey:
    keys = ApiKey.objects.select_related("user")
    key = keys.filter(key_id=key_id).first()
    if key is None:
        raise UnknownKeyError
    return KnownKey(
        credential=Credential(
            kind="key",
            user_id=key.user_id,
            is_staff=key.user.is_staff,
            scopes=frozenset(key.scopes),
            key_id=key.key_id,
            community_id=key.community_id,
            platform=key.platform or None,
            requests_per_minute=key.requests_per_minute,
        ),
        secret_sha256=bytes(key.secret_sha256),
        expires_at=key.expires_at,
        allowed=tuple(ipaddress.ip_network(each) for each in key.allowed_ips),
        is_over=key.revoked_at is not None or not key.user.is_active,
    )


known_keys = LocalCache("api_keys", _load)


def as_info(key: ApiKey) -> KeyInfo:
    return KeyInfo(
        id=key.pk,
        key_id=key.key_id,
        name=key.name,
        user_id=key.user_id,
        community_id=key.community_id,
        platform=key.platform,
        scopes=tuple(key.scopes),
        allowed_ips=tuple(key.allowed_ips),
        requests_per_minute=key.requests_per_minute,
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        last_used_ip=key.last_used_ip,
        revoked_at=key.revoked_at,
        revoked_because=key.revoked_because,
        replaced_by=key.replaced_by_id,
    )


def list_keys(*, user_id: int | None = None) -> list[KeyInfo]:
    """Return somebody's keys, or everybody's, newest first."""
    keys = ApiKey.objects.order_by("-pk")
    return [as_info(key) for key in (keys if user_id is None else keys.filter(user_id=user_id))]


def key_info(pk: int) -> KeyInfo:
    return as_info(ApiKey.objects.get(pk=pk))


def keys_seen_by(credential: Credential) -> "QuerySet[ApiKey]":
    """Return the keys a credential may list and end: its owner's, and within its own binding."""
    keys = ApiKey.objects.filter(user_id=credential.user_id)
    if credential.community_id is not None:
        keys = keys.filter(community_id=credential.community_id)
    return keys


def inside(address: str, networks: Iterable[Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return any(parsed in network for network in networks)
