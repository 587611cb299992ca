"""Events that wait for a hook, told by a worker's couriers: how many a second."""

from collections.abc import Iterator
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from core_router.operations.deliveries import Owed

DELIVERIES: Final = 4000


def fan_out(community_id: int, port: int, *, lanes: int) -> float:
    """Return the deliveries a second to one module, from so many channels at once."""
    from core_router.models import EventDelivery
    from core_router.pipeline.couriers import couriers

    _owe(community_id, port, lanes)
    waiting = EventDelivery.objects.filter(state="queued")
    started = perf_counter()
    couriers.hire()
    while waiting.exists():
        sleep(0.05)
    return DELIVERIES / (perf_counter() - started)


def _owe(community_id: int, port: int, lanes: int) -> None:
    from django.utils import timezone

    from core_router.data import EngineType, EngineWish
    from core_router.operations.deliveries import owe
    from core_router.operations.hooks import HookWish, add_hook

    engine = EngineWish(EngineType.WEBHOOK, f"http://127.0.0.1:{port}/silent")
    hook = add_hook(
        community_id=community_id,
        wish=HookWish(["follow"], engine),
        actor="bench",
        now=timezone.now(),
    )
    owed = list(_owed(community_id, hook.pk, hook.engine_id, lanes))
    for start in range(0, len(owed), 500):
        owe(owed[start : start + 500])


def _owed(community_id: int, hook_id: int, engine_id: int, lanes: int) -> "Iterator[Owed]":
    from core_router.operations.deliveries import Owed
    from waddlebot.lib.ids import new_id

    for number in range(DELIVERIES):
        event = {"user_id": "42", "message_id": "", "message_type": "follow", "text": "x" * 300}
        yield Owed(
            id=new_id(),
            engine_id=engine_id,
            entity=f"twitch+bench{number % lanes}",
            community_id=community_id,
            execution_id=str(new_id()),
            session_id=str(new_id()),
            event_id=str(number),
            message_type="follow",
            payload={"user_id": "42", "envelope": {"kind": "event", "event": event}},
            hook_id=hook_id,
        )
