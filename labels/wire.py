"""Assignments as they travel: bytes in, wishes and results out."""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import msgspec

from identity.data import Tenant
from labels.data import Result, Status
from labels.operations.assigning.refusals import NotAssignedError
from labels.operations.assigning.wishes import Wish
from waddlebot.lib.errors import DomainError, Flaw, InvalidError
from waddlebot.lib.problems import TooLargeError, problem
from waddlebot.lib.wire import decode, invalid

LIST_BYTES: Final = 4 * 1024 * 1024
LIST_ITEMS: Final = 1000

T = TypeVar("T")

ONE: Final = msgspec.json.Decoder(Wish)
MANY: Final = msgspec.json.Decoder(list[Wish])
APART: Final = msgspec.json.Decoder(list[msgspec.Raw])
ELSEWHERE: Final = Result(Status.ERROR, "invalid", "A list is about one community.")


@dataclass(frozen=True, slots=True)
class Flawed:
    """An item of a list that could not be read."""

    error: InvalidError


@dataclass(frozen=True, slots=True)
class Asked:
    """The items of a request; `is_list` though it may be a list of one."""

    items: Sequence[Wish | Flawed]
    is_list: bool

    @property
    def community(self) -> int | str | None:
        """The first that is named: a request is about one community."""
        named = (each.community for each in self.items if isinstance(each, Wish))
        return next((each for each in named if each), None)


class Told(msgspec.Struct, omit_defaults=True, gc=False):
    """What became of one item."""

    index: int
    status: Status
    note: dict[str, str] | None = None
    error: dict[str, Any] | None = None


def read_assignments(body: bytes) -> Asked:
    """Raises InvalidError, MalformedError or TooLargeError; of a list a bad item fails alone."""
    if body.lstrip()[:1] != b"[":
        wish = decode(body, ONE, bounded=True)
        _set_clocks(wish)
        return Asked([wish], is_list=False)
    try:
        wishes = counted(decode(body, MANY, bounded=True))
    except InvalidError:
        raws = counted(decode(body, APART, bounded=True))
        return Asked([_apart(raw) for raw in raws], is_list=True)
    if any(wish.valid_from or wish.valid_until for wish in wishes):
        return Asked([_with_clocks_set(wish) for wish in wishes], is_list=True)
    return Asked(wishes, is_list=True)


def wishes_of(asked: Asked, place: Tenant | None) -> list[Wish | Result]:
    here = {"", None, *((place.id, str(place.id), place.slug) if place else ())}
    return [_judged(each, here) for each in asked.items]


def answer_of(asked: Asked, results: Sequence[Result]) -> dict[str, Any]:
    """Return the body of the answer. Raises what went wrong when it is about one item."""
    if asked.is_list:
        flawed = {i: each.error for i, each in enumerate(asked.items) if isinstance(each, Flawed)}
        return results_of(results, flawed)
    (item,), (result,) = asked.items, results
    if result.status is Status.ERROR:
        raise NotAssignedError(result)
    told = {"status": result.status} | ({"note": _note(result)} if result.code else {})
    return told | (msgspec.structs.asdict(item) if isinstance(item, Wish) else {})


def counted(items: list[T]) -> list[T]:
    if len(items) > LIST_ITEMS:
        raise TooLargeError(f"A list has at most {LIST_ITEMS} items.")
    if not items:
        raise InvalidError("The list is empty.", errors=[Flaw("#", "At least one item.")])
    return items


def results_of(results: Sequence[Result], errors: Mapping[int, DomainError]) -> dict[str, Any]:
    """Return the body that tells of a list; `errors` are of the items that could not be read."""
    told = [_told(index, result, errors) for index, result in enumerate(results)]
    counts = Counter([result.status for result in results])
    done = {status.value: counts[status] for status in Status if status is not Status.ERROR}
    summary = {"total": len(results), **done, "failed": counts[Status.ERROR]}
    return {"results": told, "summary": summary}


def _apart(raw: msgspec.Raw) -> Wish | Flawed:
    try:
        wish = ONE.decode(raw)
    except msgspec.ValidationError as error:
        return Flawed(invalid(error))
    return _with_clocks_set(wish)


def _with_clocks_set(wish: Wish) -> Wish | Flawed:
    try:
        _set_clocks(wish)
    except InvalidError as error:
        return Flawed(error)
    return wish


def _set_clocks(wish: Wish) -> None:
    """Tell times in UTC, as PostgreSQL does."""
    for name in ("valid_from", "valid_until"):
        moment: datetime | None = getattr(wish, name)
        if moment is not None:
            try:
                setattr(wish, name, moment.astimezone(UTC))
            except OverflowError:
                flaw = Flaw(f"#/{name}", "It is before the year 1 or after 9999.")
                raise InvalidError("The item has the wrong shape.", errors=[flaw]) from None


def _judged(item: Wish | Flawed, here: Container[int | str | None]) -> Wish | Result:
    if isinstance(item, Flawed):
        return Result(Status.ERROR, item.error.code, item.error.detail)
    return item if item.community in here else ELSEWHERE


def _told(index: int, result: Result, errors: Mapping[int, DomainError]) -> Told:
    if not result.code:
        return Told(index, result.status)
    if result.status is not Status.ERROR:
        return Told(index, result.status, note=_note(result))
    return Told(index, result.status, error=problem(errors.get(index) or NotAssignedError(result)))


def _note(result: Result) -> dict[str, str]:
    """Say why something was left as it was."""
    return {"code": result.code, "detail": result.detail}
