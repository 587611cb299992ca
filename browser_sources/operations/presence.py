"""How many sockets hold a token, counted over all processes."""

import logging
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final

from redis import RedisError
from redis.commands.core import Script

from waddlebot.lib.redis import client

logger = logging.getLogger(__name__)

MAX_SOCKETS: Final = 10
LIVES_MS: Final = 5000

Seat = tuple[bytes, str]
"""The hash of a token, and the id of a socket that holds it."""


def take_seat(seat: Seat) -> bool:
    """Return whether there is room for this socket. Without Redis there is: nobody can count."""
    try:
        return bool(_script()(keys=[_name(seat)], args=[seat[1], MAX_SOCKETS, LIVES_MS]))
    except RedisError as error:
        logger.warning("Sockets are not counted", extra={"error": type(error).__name__})
        return True


def keep_seats(seats: Iterable[Seat]) -> None:
    """Renew them; asked for every two seconds."""
    try:
        with client().pipeline(transaction=False) as pipeline:
            for seat in seats:
                # Who is in stays in, also when Redis has forgotten the others.
                room: list[str | int] = [seat[1], 2 * MAX_SOCKETS, LIVES_MS]
                _script()(keys=[_name(seat)], args=room, client=pipeline)
            pipeline.execute()
    except RedisError as error:
        logger.warning("Sockets are not counted", extra={"error": type(error).__name__})


def leave_seat(seat: Seat) -> None:
    try:
        client().zrem(_name(seat), seat[1])
    except RedisError as error:
        # It runs out by itself.
        logger.warning("Sockets are not counted", extra={"error": type(error).__name__})


def _name(seat: Seat) -> str:
    return f"wb:overlay:sockets:{seat[0].hex()[:32]}"


@lru_cache(maxsize=1)
def _script() -> Script:
    return client().register_script((Path(__file__).parent / "presence.lua").read_text())
