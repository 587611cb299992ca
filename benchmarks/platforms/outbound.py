"""What is sent: ten times as much as Discord takes, with moderation in the midst of it."""

import threading
from collections.abc import Sequence
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from benchmarks._world import World
from benchmarks.platforms._discord import EVERYBODY, Discord

if TYPE_CHECKING:
    from core_router.pipeline.couriers import Couriers

SETTINGS: Final = {"DISCORD_BOT_TOKEN": "benchmark", "ENGINE_ALLOWED_HOSTS": "127.0.0.1"}
SERVER: Final = "200000000000000001"
CHANNELS: Final = 60
DEMAND: Final = 10
A_MOMENT_S: Final = 0.1
# What arrives closer together than it was sent needs room.
LEAST_A_SECOND: Final = 0.8 * EVERYBODY[0]
MOST_WAIT_S: Final = 1.0

Row = tuple[str, str, str, bool]


def measure(world: World, seconds: float) -> Sequence[Row]:
    discord = Discord()
    try:
        asked, done = _talk(discord, world.community_id, seconds)
    finally:
        discord.close()
    lines = discord.lines.values()
    rate = done / seconds
    disorder = sum(numbers != sorted(numbers) for numbers in lines)
    waits = sorted(at - asked[account] for account, at in discord.bans.items())
    lost = len(asked) - len(waits)
    p99 = waits[int(len(waits) * 0.99)] if waits else 0.0
    what = f"done, where {DEMAND} x the limit of {EVERYBODY[0]} a second is asked for"
    return [
        (what, f"{rate:,.1f}/s", f"≥ {LEAST_A_SECOND:,.0f}/s", rate >= LEAST_A_SECOND),
        ("refused", f"{discord.refused}", "0", discord.refused == 0),
        ("channels out of order", f"{disorder}", "0", disorder == 0),
        (
            "a ban in the midst of it, p99",
            f"{p99 * 1000:,.0f} ms",
            f"≤ {MOST_WAIT_S * 1000:,.0f} ms, all",
            bool(waits) and p99 <= MOST_WAIT_S and lost == 0,
        ),
    ]


def _talk(discord: Discord, community_id: int, seconds: float) -> tuple[dict[str, float], int]:
    """Return when each ban was asked for, and how much was done in time."""
    import django

    django.setup()
    from django.conf import settings

    from core_router.models import Entity
    from core_router.pipeline.senders import senders

    settings.DISCORD_API_URL = discord.url
    Entity.objects.create(
        community_id=community_id, platform="discord", server_id=SERVER, is_proven=True
    )
    asked: dict[str, float] = {}
    until = monotonic() + seconds
    demand = threading.Thread(target=_demand, args=(community_id, asked, until))
    demand.start()
    while monotonic() < until:
        _wake(senders)
    done = len(discord.bans) + sum(len(numbers) for numbers in discord.lines.values())
    demand.join()
    end = monotonic() + 2 * MOST_WAIT_S
    while len(discord.bans) < len(asked) and monotonic() < end:
        _wake(senders)
    for each in senders:
        each.close()
    while any(each.at_work for each in senders):
        sleep(A_MOMENT_S)
    return asked, done


def _wake(senders: "Sequence[Couriers]") -> None:
    for each in senders:
        each.hire()  # As a worker does when it is woken.
    sleep(A_MOMENT_S)


def _demand(community_id: int, asked: dict[str, float], until: float) -> None:
    from django.db import connections

    number = 0
    each = int(DEMAND * EVERYBODY[0] * A_MOMENT_S)
    started = monotonic()
    while monotonic() < until:
        for _ in range(each):
            _give(community_id, _channel(number % CHANNELS), {"type": "chat", "text": str(number)})
            number += 1
        account = f"{3 * 10**17 + number}"
        asked[account] = monotonic()
        ban = {"type": "moderate", "action": "ban", "user_id": account, "reason": ""}
        _give(community_id, _channel(0), ban)
        # The next is due when it is, however long these took.
        sleep(max(0.0, started + number / (DEMAND * EVERYBODY[0]) - monotonic()))
    connections.close_all()


def _channel(number: int) -> str:
    return f"discord+{SERVER}+{4 * 10**17 + number}"


def _give(community_id: int, entity: str, action: dict[str, str]) -> None:
    from django.utils import timezone

    from core_router.operations.outgoing import queue_actions

    queue_actions(
        community_id=community_id,
        entity=entity,
        execution_id=uuid4(),
        actions=[action],
        now=timezone.now(),
    )
