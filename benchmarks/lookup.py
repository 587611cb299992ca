"""What is asked from memory for every chat line: which command, and may they use it."""

import os
from functools import partial
from typing import Any

from benchmarks._clock import cpu_ns
from benchmarks._requests import ENTITY
from benchmarks._servers import backing, temporary_folder
from benchmarks._table import show, verdict
from benchmarks._world import World, make

COMMAND_MOST_NS = 2_000
PERMISSION_MOST_NS = 10_000
COLUMNS = ("look-up from memory", "ns", "of dict", "target")


def main() -> None:
    with temporary_folder() as folder, backing(folder) as env:
        os.environ.update(env, LOG_LEVEL="ERROR")
        world = make(env)
        import django

        django.setup()
        # The first question starts the listener; till it hears Redis, nothing is trusted for long.
        spent = {name: cpu_ns(call) for name, call in _calls(world).items()}
    plain = spent["a dict"]
    targets = {"a command": COMMAND_MOST_NS, "a permission": PERMISSION_MOST_NS}
    rows = [
        [name, f"{ns:,.0f}", f"{ns / plain:.0f} x", _target(ns, targets.get(name))]
        for name, ns in spent.items()
    ]
    show("lookup: CPU time of one look-up, median of 5 rounds", COLUMNS, rows)


def _calls(world: World) -> dict[str, Any]:
    from django.utils import timezone

    from core_router.data import Event
    from core_router.pipeline import Context
    from core_router.pipeline.permission import permission
    from core_router.queries.commands import command_table
    from core_router.queries.entities import entity
    from identity import api as identity
    from waddlebot.lib.ids import new_id

    words = {f"!text{number}": number for number in range(100)}
    place = world.community_id
    credential = identity.authenticate(world.key, ip="127.0.0.1")
    context = Context(
        event=Event("twitch", "bench", "1000", "penguin0", "chatMessage"),
        credential=credential,
        now=timezone.now(),
        execution_id=str(new_id()),
        community=identity.tenant_by_id(place),
        command=command_table(place).find("!", "text50"),
    )

    def may() -> object:
        context.caller = None
        return permission(context)

    return {
        "a dict": lambda: words["!text50"],
        "a command": lambda: command_table(place).find("!", "text50"),
        "a command that is none": lambda: command_table(place).find("!", "nothing"),
        "a command in Unicode": lambda: command_table(place).find("!", "Straße"),
        "an entity": partial(entity, ENTITY),
        "a key": partial(identity.authenticate, world.key, ip="127.0.0.1"),
        "a permission": may,
    }


def _target(ns: float, most: int | None) -> str:
    return "" if most is None else f"{verdict(ns <= most)} ≤ {most / 1000:g} µs"


if __name__ == "__main__":
    main()
