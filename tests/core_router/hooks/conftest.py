"""A module outside this process that is told of what happens in the rookery."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from core_router.data import EngineType, EngineWish
from core_router.models import EventHook
from core_router.operations.hooks import HookWish, add_hook
from identity.models import Community
from tests.core_router.engines.conftest import SECRET, module
from tests.core_router.engines.server import ModuleServer

__all__ = ["module"]

Told = Callable[..., EventHook]


@pytest.fixture
def told(rookery: Community, module: ModuleServer) -> Told:
    """Return what has the module told of follows, or of what is asked for."""

    def add(*message_types: str, target: str = "", **hook: Any) -> EventHook:
        engine = EngineWish(EngineType.WEBHOOK, target or module.url, timeout_s=1, secret=SECRET)
        return add_hook(
            community_id=rookery.pk,
            wish=HookWish(message_types or ["follow"], engine, **hook),
            actor="test",
            now=timezone.now(),
        )

    return add
