"""Endpoints without a web framework: a checked credential and bytes in, bytes out.

Two doors lead to each, a view (`BytesView`) and the fast path (`waddlebot.lib.fastpath`); neither
adds anything of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from waddlebot.lib.problems import Headers


@dataclass(frozen=True, slots=True)
class Asked:
    """What came in: the body, the query string and what the header `Prefer` says."""

    body: bytes
    query: str = ""
    prefer: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Headers = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Route:
    """`take(credential, asked, now=…)` answers. It counts the request itself, as it sees fit."""

    app: str
    take: Callable[..., Answer]
    max_body: int
