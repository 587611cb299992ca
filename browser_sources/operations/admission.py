"""Whom an overlay's door lets in: pages and sockets alike."""

import logging
from datetime import datetime
from typing import Final

from browser_sources.data import Pass
from browser_sources.queries import open_pass
from waddlebot.lib.errors import DomainError, NotFoundError
from waddlebot.lib.limits import hit_log

logger = logging.getLogger(__name__)

GUESSES_A_MINUTE: Final = 20


class RotatedAwayError(NotFoundError):
    """The token was replaced, and its grace is over."""


class TooManyGuessesError(DomainError):
    code = "too_many_guesses"
    status = 429
    headers = {"Retry-After": "60"}


def admit(*, token: str, kind: str, ip: str, now: datetime) -> Pass:
    """Return what the token opens.

    A good token is never refused for the guesses of a neighbour behind the same address.
    """
    held = open_pass(token=token, kind=kind)
    if held is None:
        verdict = hit_log(f"wb:overlay:guesses:{ip}", GUESSES_A_MINUTE, 60)
        if not verdict.allowed:
            raise TooManyGuessesError("Too many unknown tokens from this address.")
        raise NotFoundError
    if held.valid_until is not None and held.valid_until <= now:
        raise RotatedAwayError
    return held
