"""The demo community: made once, found ever after (contract 9)."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from django.conf import settings
from django.db import transaction

from browser_sources import api as browser_sources
from core_router import api as router
from identity import api as identity
from identity.data import Person, Role, Scope, Tenant
from labels import api as labels
from labels.data import Requirement
from waddlebot.lib.errors import ConflictError
from waddlebot.lib.ids import BASE62
from waddlebot.lib.locks import hold

OWNER: Final = "owner"
SLUG: Final = "rookery"
PLATFORM: Final = "twitch"
ENTITY: Final = f"{PLATFORM}+{SLUG}"
KEY_LIFE: Final = timedelta(days=365)
# `admin` is about the whole installation, not about a community.
ADMIN_SCOPES: Final = frozenset(Scope) - {Scope.ADMIN}
COLLECTOR_SCOPES: Final = (
    Scope.EVENTS_WRITE,
    Scope.RESPONSES_WRITE,
    Scope.COORDINATION_WRITE,
    Scope.IDENTITY_VERIFY,
)
COMMANDS: Final = {
    "hello": "Hello ${user}, welcome to ${community}!",
    "hug": "${user} hugs ${touser}. That is hug number ${count}.",
    "roll": "${user} rolls ${random:1-6}.",
}
LABEL: Final = "vip"
LOUNGE: Final = router.CommandWish(
    name="lounge",
    response="The door opens, ${user}. Welcome to the lounge.",
    requires=Requirement(any_label=frozenset({LABEL})),
)


@dataclass(frozen=True, slots=True)
class Demo:
    """What `waddlebot demo --json` prints."""

    base_url: str
    overlay_url: str
    community: dict[str, int | str]
    entity: str
    collector_key: str
    admin_key: str
    owner: dict[str, str]
    sources: dict[str, str]


class NotOursError(ConflictError):
    code = "slug_taken"


def build(*, now: datetime) -> Demo:
    """Make what is missing and return it all. The keys are the same each time."""
    with transaction.atomic():
        hold("waddlebot demo")
        owner = identity.person_by_username(OWNER) or identity.create_user(
            username=OWNER, display_name="Owner"
        )
        tenant = _community(owner, now)
        collector_key = _key("collector", COLLECTOR_SCOPES, owner, tenant, now)
        admin_key = _key("admin", ADMIN_SCOPES, owner, tenant, now)
        token = identity.login_link(user_id=owner.id, now=now)
        sources = browser_sources.ensure_sources(community_id=tenant.id, now=now)
    return Demo(
        base_url=settings.PUBLIC_URL,
        overlay_url=settings.OVERLAY_URL,
        community={"id": tenant.id, "slug": tenant.slug},
        entity=ENTITY,
        collector_key=collector_key,
        admin_key=admin_key,
        owner={"username": OWNER, "login_url": f"{settings.PUBLIC_URL}/portal/sign-in/{token}"},
        sources=sources,
    )


def _community(owner: Person, now: datetime) -> Tenant:
    tenant = identity.tenant(SLUG)
    if tenant is None:
        tenant = identity.create_community(
            name="The Rookery", slug=SLUG, owner_id=owner.id, now=now
        )
        for name, response in COMMANDS.items():
            wish = router.CommandWish(name=name, response=response)
            router.add_command(community_id=tenant.id, wish=wish, actor="system", now=now)
        router.add_command(community_id=tenant.id, wish=LOUNGE, actor="system", now=now)
        labels.make_label(
            community_id=tenant.id,
            name=LABEL,
            description="Who may come into the lounge: !label add @alice vip",
            actor="system",
            now=now,
        )
    elif identity.role_in(community_id=tenant.id, user_id=owner.id) is not Role.OWNER:
        raise NotOursError(f"The community {SLUG!r} is not the demo's: {OWNER!r} does not own it.")
    router.claim_entity(
        community_id=tenant.id, platform=PLATFORM, server_id=SLUG, proven=True, now=now
    )
    return tenant


def _key(name: str, scopes: Iterable[str], owner: Person, tenant: Tenant, now: datetime) -> str:
    """Return a key that nobody has to store: it is derived from this installation's secret.

    One that was revoked or has expired stays dead; the next one in line takes its place.
    """
    known = {key.key_id: key for key in identity.list_keys(user_id=owner.id)}
    for number in count(1):
        key_id = _derived(f"{name} id {number}", 12)
        secret = _derived(f"{name} secret {number}", 43)
        if key_id not in known:
            return identity.create_key(
                user_id=owner.id,
                name=f"demo {name}",
                scopes=scopes,
                community_id=tenant.id,
                expires_at=now + KEY_LIFE,
                secret=secret,
                key_id=key_id,
                now=now,
            ).full
        if known[key_id].state(now) == "active":
            head = f"wb_{key_id}_{secret}"
            return f"{head}_{identity.checksum(head)}"
    raise AssertionError  # `count` does not end.


def _derived(purpose: str, length: int) -> str:
    message = f"waddlebot demo {purpose}".encode()
    number = int.from_bytes(hmac.digest(settings.SECRET_KEY.encode(), message, hashlib.sha256))
    digits = ""
    while len(digits) < length:
        number, digit = divmod(number, 62)
        digits += BASE62[digit]
    return digits
