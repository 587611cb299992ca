"""Calls to a platform's API: JSON out, JSON in, through the guarded client of the house."""

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from waddlebot.lib.http import Reply, send
from waddlebot.platforms.errors import BusyError, FaultyError
from waddlebot.platforms.limits import demand_no_pause, pause

TIMEOUT_S: Final = 5.0
DEFAULT_WAIT_S: Final = 5.0
LONGEST_WAIT_S: Final = 24 * 3600.0
LONGEST_TEXT: Final = 200

Query = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def is_success(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def is_refusal(self) -> bool:
        return HTTPStatus.BAD_REQUEST <= self.status < HTTPStatus.INTERNAL_SERVER_ERROR

    def text(self, *path: str | int) -> str:
        """Return the text at a place in the body, "" where there is none."""
        value: Any = self.body
        for step in path:
            try:
                value = value[step]
            except (LookupError, TypeError):
                return ""
        if not isinstance(value, str):
            return ""
        # PostgreSQL takes neither NUL nor half a character.
        return value.encode(errors="ignore").decode().replace("\0", "")[:LONGEST_TEXT]

    def wait_s(self) -> float | None:
        """Return the seconds the platform asks us to wait, in whichever way it says so."""
        until = seconds(self.headers.get("ratelimit-reset"))
        for found in (
            seconds(self.body.get("retry_after")),
            seconds(self.headers.get("retry-after")),
            None if until is None else until - time.time(),
        ):
            if found is not None:
                return min(max(found, 0.0), LONGEST_WAIT_S)
        return None


def seconds(raw: object) -> float | None:
    """Return what a platform calls a number, None for anything else."""
    try:
        value = float(raw) if isinstance(raw, str | int | float) else math.nan
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class Request:
    """`route` names what the platform limits together; a pause of it holds for everybody."""

    method: str
    url: str
    route: str
    # Tokens and texts, which no log and no exception may show.
    headers: Mapping[str, str] = field(repr=False)
    query: Query | None = None
    payload: Mapping[str, object] | Sequence[object] | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)


def call(request: Request) -> Answer:
    """Return what the platform says, good or bad; raises OutboundError when it cannot."""
    demand_no_pause(request.route)
    url = f"{request.url}?{urlencode(request.query, doseq=True)}" if request.query else request.url
    body, kind = _body(request)
    headers = {**request.headers, **kind, "Accept": "application/json"}
    reply = send(request.method, url, body=body, headers=headers, timeout_s=TIMEOUT_S)
    return Answer(reply.status, reply.headers, _parsed(reply))


def demand_good_time(answer: Answer, *, route: str) -> None:
    """Raise BusyError for an answer that will be another one later."""
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        wait_s = answer.wait_s()
        pause(route, DEFAULT_WAIT_S if wait_s is None else wait_s)
        raise BusyError(wait_s)
    if not (answer.is_success or answer.is_refusal):
        raise FaultyError(answer.wait_s())


def _body(request: Request) -> tuple[bytes, dict[str, str]]:
    if request.payload is not None:
        return json.dumps(request.payload).encode(), {
            "Content-Type": "application/json; charset=utf-8"
        }
    if request.form is not None:
        return urlencode(request.form).encode(), {
            "Content-Type": "application/x-www-form-urlencoded"
        }
    return b"", {}


def _parsed(reply: Reply) -> dict[str, Any]:
    try:
        value = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
