"""Endpoints without a web framework: a checked credential and bytes in, bytes out.

Two doors lead to each, a view (`BytesView`, `SignedView`) and the fast path
(`waddlebot.lib.fastpath`); neither adds anything of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from waddlebot.lib.problems import Headers


@dataclass(frozen=True, slots=True)
class Asked:
    """What came in: the body, the query string and what the header `Prefer` says.

    `headers` are those that a signed route names; one that did not come is empty.
    """

    body: bytes
    query: str = ""
    prefer: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Headers = field(default_factory=list)
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Route:
    """`take(credential, asked, now=…)` answers. It counts the request itself, as it sees fit.

    `signed_by` are headers, in lower case, by which a body says who sent it. Then no key is asked
    for, any type of body is taken, and it is `take(asked, now=…)` that checks them.
    """

    app: str
    take: Callable[..., Answer]
    max_body: int
    signed_by: tuple[str, ...] = ()
    header_keys: tuple[str, ...] = field(init=False)
    """What WSGI calls them."""

    def __post_init__(self) -> None:
        keys = tuple(f"HTTP_{name.upper().replace('-', '_')}" for name in self.signed_by)
        object.__setattr__(self, "header_keys", keys)

    def headers_in(self, environ: Mapping[str, str]) -> Mapping[str, str]:
        found = (environ.get(key, "") for key in self.header_keys)
        return dict(zip(self.signed_by, found, strict=True))
