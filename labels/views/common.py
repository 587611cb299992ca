"""What labels' addresses have in common."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from waddlebot.lib.errors import Flaw, InvalidError

COMMUNITY: Final = OpenApiParameter(
    "community", str, description="Its id or slug; a key that is bound to one may leave it out."
)
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
LONGEST_TEXT: Final = 100


def choice_in(request: Request, name: str, choices: Sequence[str]) -> str:
    """Return one of the choices from the query, or nothing when it is not named."""
    value = request.query_params.get(name, "")
    if value and value not in choices:
        raise _invalid(name, f"One of {', '.join(choices)}.")
    return value


def text_in(request: Request, name: str) -> str:
    value = request.query_params.get(name, "")
    if "\0" in value or len(value) > LONGEST_TEXT:
        raise _invalid(name, f"At most {LONGEST_TEXT} characters, none of them NUL.")
    return value


def moment_in(request: Request, name: str) -> datetime | None:
    """Return a time from the query (RFC 3339), in UTC."""
    value = request.query_params.get(name, "")
    if not value:
        return None
    try:
        # Of a plus that nobody has escaped the query makes a space.
        return msgspec.convert(value.replace(" ", "+"), Moment).astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        raise _invalid(name, "A time with its offset, as in 2026-03-03T20:00:00Z.") from None


def _invalid(name: str, detail: str) -> InvalidError:
    return InvalidError("The query is not valid.", errors=[Flaw(f"#/{name}", detail)])
