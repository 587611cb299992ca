"""A module outside this process, and the command that it answers."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from core_router.data import EngineType, EngineWish
from core_router.engines.breaker import forget_failures
from core_router.models import Command
from core_router.operations.commands import CommandWish, add_command
from identity.models import Community
from tests.core_router.engines.server import ModuleServer, module_server

SECRET = "whsec_d2FkZGxlYm90LXdhZGRsZWJvdC13YWRkbGU="


@pytest.fixture
def module(settings: Settings) -> Iterator[ModuleServer]:
    """Return a real server; this WaddleBot may call it, as an admin has allowed."""
    settings.ENGINE_ALLOWED_HOSTS = ["127.0.0.1"]
    forget_failures()
    with module_server() as server:
        yield server


@pytest.fixture
def hello(rookery: Community, module: ModuleServer) -> Callable[..., Command]:
    """Return what gives the rookery `#hello`, answered by the module."""

    def add(name: str = "hello", **engine: Any) -> Command:
        wish = EngineWish(
            **{"type": EngineType.WEBHOOK, "target": module.url, "secret": SECRET} | engine
        )
        return add_command(
            community_id=rookery.pk,
            wish=CommandWish(name=name, prefix="#", engine=wish),
            actor="test",
            now=timezone.now(),
        )

    return add
