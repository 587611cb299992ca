"""Where a name leads, and whether one may go there (security.md).

What was found and found harmless counts for half a minute: whoever follows it connects to exactly
these addresses, whatever the name says meanwhile.
"""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from waddlebot.lib.addresses import is_public
from waddlebot.lib.outbound import AddressRefusedError, Deadline, OutboundError, TimedOutError

KNOWN_S: Final = 30.0
MOST_KNOWN: Final = 1000

Resolver = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Found:
    addresses: Sequence[str]
    are_public: bool
    until: float


_known: Final[dict[tuple[str, int, Resolver], _Found]] = {}
_adding: Final = threading.Lock()
_resolvers: Final = ThreadPoolExecutor(max_workers=8, thread_name_prefix="resolve")


def resolve(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def resolved(
    host: str, port: int, resolver: Resolver, deadline: Deadline, *, is_friend: bool
) -> Sequence[str]:
    """Return the addresses of a name: all public, unless an admin has allowed it.

    Raises OutboundError.
    """
    found = _known.get((host, port, resolver))
    if found is None or time.monotonic() >= found.until:
        found = _look_up(host, port, resolver, deadline)
    if not (found.are_public or is_friend):
        raise AddressRefusedError
    return found.addresses


def forget(host: str, port: int, resolver: Resolver) -> None:
    """Look it up anew the next time."""
    _known.pop((host, port, resolver), None)


def _look_up(host: str, port: int, resolver: Resolver, deadline: Deadline) -> _Found:
    now = time.monotonic()
    # The system's resolver cannot be told how long to try.
    future = _resolvers.submit(resolver, host, port)
    try:
        addresses = future.result(timeout=deadline.left())
    except TimeoutError:
        raise TimedOutError from None
    except (OSError, UnicodeError):
        raise OutboundError from None
    if not addresses:
        raise OutboundError
    found = _Found(addresses, all(map(is_public, addresses)), now + KNOWN_S)
    with _adding:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[host, port, resolver] = found
    return found
