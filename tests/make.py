"""Plain functions that make one valid row, saying only what matters."""

import itertools
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from core_router.data import normal_word
from core_router.models import (
    Command,
    CommandName,
    Connection,
    DeliveryLane,
    Entity,
    EventDelivery,
    EventHook,
    OutgoingAction,
)
from identity import api as identity
from identity.data import Role, Scope
from identity.models import Community, IdentityLink, User
from identity.operations.linking import link_account
from waddlebot.lib.cache import announce
from waddlebot.lib.ids import new_id

_numbers = itertools.count(1)


def user(username: str = "", **rest: Any) -> User:
    person = identity.create_user(username=username or f"user{next(_numbers)}", **rest)
    return User.objects.get(pk=person.id)


def community(*, owner: User, name: str = "", slug: str = "") -> Community:
    number = next(_numbers)
    place = identity.create_community(
        name=name or f"Community {number}",
        slug=slug or f"community-{number}",
        owner_id=owner.pk,
        now=timezone.now(),
    )
    return Community.objects.get(pk=place.id)


def member(place: Community, person: User, role: Role = Role.MEMBER) -> User:
    identity.set_role(community_id=place.pk, user_id=person.pk, role=role, now=timezone.now())
    return person


def key(
    owner: User, *, scopes: Iterable[str] = (), place: Community | None = None, **rest: Any
) -> str:
    """Return a full key; of every scope but `admin` when none are named."""
    made = identity.create_key(
        user_id=owner.pk,
        name="a key",
        scopes=list(scopes) or sorted(set(Scope) - {Scope.ADMIN}),
        community_id=place.pk if place else None,
        **rest,
    )
    return made.full


def entity(
    place: Community, platform: str = "twitch", server_id: str = "rookery", **rest: Any
) -> Entity:
    """Return a place where people chat, proven unless told otherwise."""
    values = {"is_proven": True, **rest}
    return Entity.objects.create(community=place, platform=platform, server_id=server_id, **values)


def connection(place: Community, platform: str = "twitch", account_id: str = "77") -> Connection:
    """Return a channel that has let the bot in, of whose token nothing is left."""
    return Connection.objects.create(
        community=place, platform=platform, server_id="rookery", account_id=account_id
    )


def sent_ban(place: Community, entity: str = "twitch+rookery") -> OutgoingAction:
    """Return a ban that the connector has carried out."""
    return OutgoingAction.objects.create(
        community=place,
        entity=entity,
        execution_id=new_id(),
        action={"type": "moderate", "action": "ban", "user_id": "42"},
        carrier="connector",
        state="done",
        expires_at=timezone.now(),
    )


def command(place: Community, name: str, response: str = "", **rest: Any) -> Command:
    """Return a command that answers with a text, unless it is a module's."""
    if not rest.get("module"):
        response = response or f"This is {name}."
    made = Command.objects.create(community=place, name=name, response=response, **rest)
    CommandName.objects.create(
        community=place, command=made, prefix=made.prefix, word=normal_word(name)
    )
    announce("commands", str(place.pk))
    return made


def dead_delivery(hook: EventHook) -> EventDelivery:
    """Return one that the hook has refused."""
    lane, _ = DeliveryLane.objects.get_or_create(engine=hook.engine, entity="twitch+rookery")
    return EventDelivery.objects.create(
        community_id=hook.community_id,
        lane=lane,
        hook=hook,
        execution_id=new_id(),
        session_id=new_id(),
        message_type=hook.message_types[0],
        payload={},
        state="dead",
        finished_at=timezone.now(),
    )


def link(person: User, platform: str, platform_user_id: str, name: str = "bob") -> IdentityLink:
    """Return a platform account that is linked to somebody."""
    return link_account(
        user_id=person.pk,
        platform=platform,
        platform_user_id=platform_user_id,
        user_name=name,
        method="oauth",
        actor="system",
        now=timezone.now(),
    )
