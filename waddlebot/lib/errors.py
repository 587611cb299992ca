"""Refusals that a caller is told about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with one part of the input; `pointer` is a JSON pointer like `#/user_id`."""

    pointer: str
    detail: str


class DomainError(Exception):
    """An expected refusal. Subclasses stand beside the function that raises them.

    `code` is a stable snake_case word, `status` the HTTP status it becomes.
    """

    code = "refused"
    status = 400
    title = ""
    headers: Mapping[str, str] = {}

    def __init__(self, detail: str = "", *, errors: Sequence[Flaw] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)


class InvalidError(DomainError):
    code = "invalid"


class NotFoundError(DomainError):
    """Unknown, or not yours: the two look alike (contract 1)."""

    code = "not_found"
    status = 404

    def __init__(self, detail: str = "There is nothing here.") -> None:
        super().__init__(detail)


class ConflictError(DomainError):
    code = "conflict"
    status = 409


class ForbiddenError(DomainError):
    code = "forbidden"
    status = 403


class UnavailableError(DomainError):
    """Overloaded, or a dependency is down; try again after `retry_after_s` seconds."""

    code = "unavailable"
    status = 503

    def __init__(self, detail: str = "Try again shortly.", *, retry_after_s: int = 1) -> None:
        super().__init__(detail)
        self.headers = {"Retry-After": str(retry_after_s)}
