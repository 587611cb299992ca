"""What labels' addresses have in common."""

from collections.abc import Sequence
from typing import Final

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from waddlebot.lib.errors import Flaw, InvalidError

COMMUNITY: Final = OpenApiParameter(
    "community", str, description="Its id or slug; a key that is bound to one may leave it out."
)
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


def _invalid(name: str, detail: str) -> InvalidError:
    return InvalidError("The query is not valid.", errors=[Flaw(f"#/{name}", detail)])
