"""How often somebody may try to get in. Redis counts, and without it nobody gets to try."""

import hashlib
from typing import Final

from waddlebot.lib.addresses import counted_as
from waddlebot.lib.limits import hit_log
from waddlebot.lib.problems import RateLimitedError

WINDOW_S: Final = 15 * 60
ATTEMPTS_PER_NAME: Final = 10
ATTEMPTS_PER_ADDRESS: Final = 30
CODE_WINDOW_S: Final = 10 * 60
# Five for a wrong code, and as many for the next code asked for in the same browser.
CODES_PER_SESSION: Final = 10


def count_sign_in(*, name: str, ip: str) -> None:
    """Count one try at a password, of this name and from this address."""
    _count(f"wb:sign-in:name:{_hidden(name.casefold())}", ATTEMPTS_PER_NAME, WINDOW_S)
    _count(f"wb:sign-in:address:{counted_as(ip)}", ATTEMPTS_PER_ADDRESS, WINDOW_S)


def count_code(*, session_key: str) -> None:
    """Count one code typed in a browser.

    allauth counts in the session itself, which requests at the same time read alike.
    """
    _count(f"wb:sign-in:code:{_hidden(session_key)}", CODES_PER_SESSION, CODE_WINDOW_S)


def _count(counter: str, most: int, window_s: int) -> None:
    verdict = hit_log(counter, most, window_s)
    if not verdict.allowed:
        detail = "Too many tries. Wait a while, or use a sign-in link."
        raise RateLimitedError(detail, retry_after_s=verdict.reset_s)


def _hidden(text: str) -> str:
    """Return what tells two texts apart and names neither of them in Redis."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32]
