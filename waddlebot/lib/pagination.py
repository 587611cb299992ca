"""Lists in pages, by a cursor that stands still while rows come and go (contract 1)."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from uuid import UUID

from django.db import models
from django.db.models import QuerySet
from django.utils.http import urlencode
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from waddlebot.lib.errors import Flaw, InvalidError

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200


class BadCursorError(InvalidError):
    code = "bad_cursor"

    def __init__(self) -> None:
        super().__init__("This cursor is not one of ours.", errors=[Flaw("#/cursor", "Unknown.")])


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the list, and the way to read from there."""

    key: int | UUID
    backwards: bool

    def __str__(self) -> str:
        return encoded(f"{'p' if self.backwards else 'n'}{self.key}")


class CursorPages(BasePagination):
    """Newest first, by primary key: a growing number or a UUIDv7. `oldest_first` turns it round.

    `CursorPages().of(queryset, request)` gives the rows, `.body(data)` the answer.
    """

    oldest_first: ClassVar[bool] = False

    def __init__(self) -> None:
        self.next: str | None = None
        self.previous: str | None = None

    def of(self, queryset: QuerySet[Any], request: Request) -> list[Any]:
        key = queryset.model._meta.pk  # noqa: SLF001 - documented in spite of its name
        limit, cursor = limit_of(request), cursor_of(request, key)
        rising = self.oldest_first != bool(cursor and cursor.backwards)
        rows = queryset.order_by("pk" if rising else "-pk")
        if cursor:
            rows = rows.filter(**{"pk__gt" if rising else "pk__lt": cursor.key})
        found = list(rows[: limit + 1])
        self._remember(found, limit, cursor, request)
        page = found[:limit]
        return page[::-1] if cursor and cursor.backwards else page

    def _remember(
        self, found: Sequence[Any], limit: int, cursor: Cursor | None, request: Request
    ) -> None:
        has_more, backwards = len(found) > limit, bool(cursor and cursor.backwards)
        page = list(found[:limit])[:: -1 if backwards else 1]
        if not page:
            return
        if has_more or backwards:
            self.next = link(request, str(Cursor(_key(page[-1]), backwards=False)))
        if has_more if backwards else cursor:
            self.previous = link(request, str(Cursor(_key(page[0]), backwards=True)))

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        return self.of(queryset, request)

    def get_paginated_response(self, data: Any) -> Response:
        return Response(self.body(data))

    def body(self, data: Any) -> dict[str, Any]:
        return {"results": data, "next": self.next, "previous": self.previous}

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {
                "results": {**schema, "maxItems": MAX_LIMIT},
                "next": link,
                "previous": link,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
        return [
            {"name": "limit", "in": "query", "required": False, "schema": limit},
            {"name": "cursor", "in": "query", "required": False, "schema": {"type": "string"}},
        ]


def limit_of(request: Request) -> int:
    raw = request.query_params.get("limit", str(DEFAULT_LIMIT))
    return whole_number("limit", raw, least=1, most=MAX_LIMIT)


def whole_number(name: str, raw: str, *, least: int, most: int) -> int:
    """Read a number of the query string. Raises InvalidError."""
    if not (raw.isascii() and raw.isdigit() and len(raw) < 5 and least <= int(raw) <= most):  # noqa: PLR2004
        flaw = Flaw(f"#/{name}", f"A whole number from {least} to {most}.")
        raise InvalidError(f"The {name} is not valid.", errors=[flaw])
    return int(raw)


def cursor_of(request: Request, key: "models.Field[Any, Any]") -> Cursor | None:
    raw = request.query_params.get("cursor", "")
    if not raw:
        return None
    try:
        text = decoded(raw)
        return Cursor(_parse(text[1:], key), backwards={"p": True, "n": False}[text[:1]])
    except (ValueError, KeyError):
        raise BadCursorError from None


def encoded(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def decoded(cursor: str) -> str:
    """Raises ValueError for what is none of ours."""
    padding = "=" * (-len(cursor) % 4)
    return base64.b64decode(cursor + padding, altchars=b"-_", validate=True).decode()


def _parse(text: str, key: "models.Field[Any, Any]") -> int | UUID:
    if isinstance(key, models.UUIDField):
        return UUID(text)
    number = int(text)
    if not 0 <= number < 2**63:
        raise ValueError(text)
    return number


def _key(row: Any) -> int | UUID:
    key: int | UUID = row["id"] if isinstance(row, dict) else row.pk
    return key


def link(request: Request, cursor: str) -> str:
    """Return the address of another page of the same list."""
    query = request.query_params.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{urlencode(query.lists(), doseq=True)}")
