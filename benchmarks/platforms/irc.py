"""What an IRC collector carries: lines of 500 channels in, and answers out."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Final

from benchmarks._machine import free_port
from benchmarks._servers import granian
from benchmarks._world import World
from benchmarks.platforms._crowd import LINES_A_SECOND, QUESTION_EVERY, Street

CHANNELS: Final = 500
MOST_MS: Final = 150
MOST_MB: Final = 120
READY_WITHIN_S: Final = 90
ENTITIES_SQL: Final = """
INSERT INTO entities (community_id, platform, server_id, channel_id, is_proven, created_at)
SELECT %s, 'twitch', 'crowd' || number, '', true, now() FROM generate_series(1, %s) AS number
"""

Row = tuple[str, str, str, bool]


def measure(world: World, seconds: float) -> Sequence[Row]:
    street = Street()
    key = _prepare(world)
    with (
        TemporaryDirectory() as folder,
        _servers(Path(folder)) as urls,
        _collector(street, key, *urls) as process,
    ):
        _wait_for_joins(street)
        street.talk(seconds)
        sleep(1)
        memory_mb = _peak_mb(process.pid)
    asked = street.said // QUESTION_EVERY
    waits = sorted(wait * 1000 for wait in street.waits.values() if wait < READY_WITHIN_S)
    p50, p99 = (waits[int(len(waits) * part)] if waits else 0.0 for part in (0.5, 0.99))
    rate, lost = street.said / seconds, asked - len(waits)
    return [
        (
            f"lines of {CHANNELS} channels through an IRC collector, all answered",
            f"{rate:,.0f}/s, {lost} lost",
            f"≥ {LINES_A_SECOND:,}/s",
            rate >= 0.99 * LINES_A_SECOND and lost == 0,
        ),
        ("from a line to its answer in chat, p50", f"{p50:,.0f} ms", "", True),
        ("…, p99", f"{p99:,.0f} ms", f"≤ {MOST_MS} ms", 0 < p99 <= MOST_MS),
        (
            "the collector's memory",
            f"{memory_mb:,.0f} MB",
            f"≤ {MOST_MB} MB",
            memory_mb <= MOST_MB,
        ),
    ]


def _prepare(world: World) -> str:
    """Claim the channels, and return a key for a collector."""
    import django

    django.setup()
    from django.db import connection

    from identity import api as identity

    with connection.cursor() as cursor:
        cursor.execute(ENTITIES_SQL, [world.community_id, CHANNELS])
    made = identity.create_key(
        user_id=world.user_id,
        name="collector",
        scopes=["events:write", "coordination:write"],
        community_id=world.community_id,
    )
    connection.close()
    return made.full


@contextmanager
def _servers(folder: Path) -> Iterator[tuple[str, str]]:
    port = free_port()
    command = [
        sys.executable, "-m", "uvicorn", "--port", str(port), "--loop", "uvloop",
        "--no-access-log", "--log-level", "warning", "waddlebot.asgi:application",
    ]  # fmt: skip
    web = granian("waddlebot.wsgi:application", os.environ, folder=folder, threads=128)
    with web as server, subprocess.Popen(command) as overlay:  # noqa: S603 - our own
        try:
            yield f"http://127.0.0.1:{server.port}", f"http://127.0.0.1:{port}"
        finally:
            overlay.terminate()


@contextmanager
def _collector(
    street: Street, key: str, url: str, overlay_url: str
) -> Iterator["subprocess.Popen[bytes]"]:
    told = {
        "TWITCH_IRC_URL": f"irc://127.0.0.1:{street.port}",
        "TWITCH_BOT_LOGIN": "bench",
        "PUBLIC_URL": url,
        "OVERLAY_URL": overlay_url,
        "COLLECTOR_KEY": key,
    }
    command = [sys.executable, "-m", "waddlebot", "collect", "twitch", "--verified"]
    command += ["--places", str(2 * CHANNELS)]
    with subprocess.Popen(command, env=os.environ | told) as process:  # noqa: S603 - our own
        try:
            yield process
        finally:
            process.terminate()


def _wait_for_joins(street: Street) -> None:
    deadline = monotonic() + READY_WITHIN_S
    while len(street.joined) < CHANNELS:
        if monotonic() > deadline:
            raise RuntimeError(f"Only {len(street.joined)} channels were joined.")
        sleep(0.1)
    sleep(3)  # Until each is waited for.


def _peak_mb(pid: int) -> float:
    told = Path(f"/proc/{pid}/status").read_text()
    return int(told.partition("VmHWM:")[2].split()[0]) / 1024
