"""Calls, as the pipeline hands them to a module."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from core_router import registry
from core_router.data import Event
from core_router.engines.arguments import split_args
from core_router.sdk import Call, Caller, Reply, Role
from identity.data import Tenant
from identity.models import Community, User
from labels import api as labels
from waddlebot.lib.ids import new_id

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

Ask = Callable[..., Reply]


def a_call(line: str, *, community: Tenant, user: User | None = None, **rest: Any) -> Call:
    """Return the call that `!word and arguments` makes. `rest` overrides parts of it."""
    word, _, raw = line.removeprefix("!").partition(" ")
    role = rest.pop("role", Role.MEMBER)
    caller = Caller(
        user_id=user.pk if user else 0,
        public_id=user.public_id if user else "",
        name=user.username if user else "stranger",
        display_name=str(user or "Stranger"),
        bearer=replace(
            labels.bearer(community_id=community.id, user_id=user.pk if user else 0, now=NOW),
            role=role,
            own_role=role,
            platform_roles=rest.pop("platform_roles", frozenset()),
        ),
    )
    event = Event(
        platform=rest.pop("platform", "twitch"),
        server_id="rookery",
        user_id="42",
        user_name=caller.name,
        message_type="chatMessage",
        message_content=line,
    )
    given: dict[str, Any] = {
        "execution_id": new_id(),
        "session_id": new_id(),
        "community": community,
        "caller": caller,
        "event": event,
        "command": word,
        "word": word,
        "args": split_args(raw),
        "raw_args": raw.strip(),
        "now": NOW,
        "proves_author": True,
    }
    return Call(**given | rest)


@pytest.fixture
def tenant(rookery: Community) -> Tenant:
    return Tenant(id=rookery.pk, slug=rookery.slug, name=rookery.name)


@pytest.fixture
def ask(tenant: Tenant, alice: User) -> Ask:
    """Return a way to ask a module directly: `ask("quote", "!quote 12", role=Role.MODERATOR)`."""

    def ask_module(slug: str, line: str, **rest: Any) -> Reply:
        module = registry.module(slug)
        assert module is not None
        given: dict[str, Any] = {"community": tenant, "user": alice} | rest
        return module.handle(a_call(line, **given))

    return ask_module


@pytest.fixture
def tell(ask: Ask) -> Callable[..., str]:
    """Like `ask`, as a moderator, and only the text: `tell("!quote add …")`."""
    slugs = {
        word: module.slug
        for module in registry.all_modules()
        for spec in module.commands
        for word in (spec.name, *spec.aliases)
    }

    def tell_module(line: str, **rest: Any) -> str:
        word = line.removeprefix("!").partition(" ")[0]
        return ask(slugs[word], line, **{"role": Role.MODERATOR} | rest).text

    return tell_module
