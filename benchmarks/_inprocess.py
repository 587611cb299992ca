"""The pipeline without HTTP, run as a program: reads `TEXT SECONDS` a line, prints events/s.

The events are ready made and the answers stay objects, so this is what a batch could cost at best.
"""

import sys
import threading
from collections.abc import Callable
from time import perf_counter
from typing import Any

import msgspec

from benchmarks._requests import BATCH, COMMAND, ENTITY, LINE, USERS
from benchmarks._world import World

THREADS = 2


def batches(world: World, text: str) -> Callable[[], None]:
    """Return a function that takes one batch of new events through the pipeline."""
    from django.utils import timezone

    from core_router import pipeline
    from core_router.data import Event
    from identity import api as identity

    credential = identity.authenticate(world.key, ip="127.0.0.1")
    platform, server_id = ENTITY.split("+")
    numbers = iter(range(10**12))

    def event(user: int, run: float, number: int) -> Event:
        event_id = f"{run}-{number}-{user}"
        return Event(
            platform, server_id, str(1000 + user), f"penguin{user}", "chatMessage", event_id,
            "", f"Penguin{user}", ("subscriber",), text, event_id, "2026-11-23T10:00:00Z",
        )  # fmt: skip

    started = perf_counter()

    def take() -> None:
        number = next(numbers)
        events = [event(user, started, number) for user in range(min(BATCH, USERS))]
        manner = pipeline.Manner(credential, timezone.now())
        _, contexts = pipeline.process(events, manner)
        outcomes = {pipeline.answer_of(context)["outcome"] for context in contexts}
        if outcomes != {"executed" if text is COMMAND else "ignored"}:
            raise RuntimeError(f"unexpected outcomes: {outcomes}")

    return take


def rate(take: Callable[[], None], seconds: float) -> float:
    until = perf_counter() + seconds
    counts: list[int] = []

    def work() -> None:
        count = 0
        while perf_counter() < until:
            take()
            count += 1
        counts.append(count)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    started = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) * BATCH / (perf_counter() - started)


def main() -> None:
    import django

    django.setup()
    world = msgspec.json.decode(sys.argv[1], type=World)
    takers: dict[str, Any] = {"chat": batches(world, LINE), "command": batches(world, COMMAND)}
    for line in sys.stdin:
        name, seconds = line.split()
        print(rate(takers[name], float(seconds)), flush=True)


if __name__ == "__main__":
    main()
