"""Assignments as they travel: bytes in, wishes and results out."""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta

from identity.data import Tenant
from labels.data import Kind, Result, Status
from labels.operations.assigning.refusals import NotAssignedError
from labels.operations.assigning.wishes import Wish
from waddlebot.lib.errors import DomainError, Flaw, InvalidError
from waddlebot.lib.problems import TooLargeError, problem
from waddlebot.lib.wire import decode, invalid

LIST_BYTES: Final = 4 * 1024 * 1024
LIST_ITEMS: Final = 1000

T = TypeVar("T")
Moment = Annotated[datetime, Meta(tz=True)]


class Item(msgspec.Struct):
    """Contract 4. A label goes by its id or name, an object by what its kind goes by."""

    label: Annotated[int, Meta(ge=1)] | Annotated[str, Meta(min_length=1, max_length=50)]
    kind: Kind
    object_id: int | Annotated[str, Meta(min_length=1, max_length=140)]
    community: int | Annotated[str, Meta(max_length=50)] | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    reason: Annotated[str, Meta(max_length=200)] | None = None


ONE: Final = msgspec.json.Decoder(Item)
MANY: Final = msgspec.json.Decoder(list[Item])
APART: Final = msgspec.json.Decoder(list[msgspec.Raw])
ELSEWHERE: Final = Result(Status.ERROR, "invalid", "A list is about one community.")


@dataclass(frozen=True, slots=True)
class Flawed:
    """An item of a list that could not be read."""

    error: InvalidError


@dataclass(frozen=True, slots=True)
class Asked:
    """The items of a request; `is_list` though it may be a list of one."""

    items: Sequence[Item | Flawed]
    is_list: bool

    @property
    def community(self) -> int | str | None:
        """The first that is named: a request is about one community."""
        named = (each.community for each in self.items if isinstance(each, Item))
        return next((each for each in named if each not in {None, ""}), None)


def read_assignments(body: bytes) -> Asked:
    """Raises InvalidError, MalformedError or TooLargeError; of a list a bad item fails alone."""
    if body.lstrip()[:1] != b"[":
        item = decode(body, ONE)
        _set_clocks(item)
        return Asked([item], is_list=False)
    try:
        read: list[Item | Flawed] = [*counted(decode(body, MANY))]
    except InvalidError:
        read = [_apart(raw) for raw in counted(decode(body, APART))]
    return Asked([_with_clocks_set(each) for each in read], is_list=True)


def wishes_of(asked: Asked, place: Tenant | None) -> list[Wish | Result]:
    here = {str(place.id), place.slug, "None", ""} if place else {"None", ""}
    return [_wish_of(each, here) for each in asked.items]


def answer_of(asked: Asked, results: Sequence[Result]) -> dict[str, Any]:
    """Return the body of the answer. Raises what went wrong when it is about one item."""
    if asked.is_list:
        flawed = {i: each.error for i, each in enumerate(asked.items) if isinstance(each, Flawed)}
        return results_of(results, flawed)
    (item,), (result,) = asked.items, results
    if result.status is Status.ERROR:
        raise NotAssignedError(result)
    asked_for = msgspec.structs.asdict(item) if isinstance(item, Item) else {}
    return {"status": result.status, **_note(result), **asked_for}


def counted(items: list[T]) -> list[T]:
    if len(items) > LIST_ITEMS:
        raise TooLargeError(f"A list has at most {LIST_ITEMS} items.")
    if not items:
        raise InvalidError("The list is empty.", errors=[Flaw("#", "At least one item.")])
    return items


def _apart(raw: msgspec.Raw) -> Item | Flawed:
    try:
        return ONE.decode(raw)
    except msgspec.ValidationError as error:
        return Flawed(invalid(error))


def _with_clocks_set(item: Item | Flawed) -> Item | Flawed:
    if isinstance(item, Item):
        try:
            _set_clocks(item)
        except InvalidError as error:
            return Flawed(error)
    return item


def _set_clocks(item: Item) -> None:
    """Tell times in UTC, as PostgreSQL does."""
    for name in ("valid_from", "valid_until"):
        moment: datetime | None = getattr(item, name)
        if moment is not None:
            try:
                setattr(item, name, moment.astimezone(UTC))
            except OverflowError:
                flaw = Flaw(f"#/{name}", "It is before the year 1 or after 9999.")
                raise InvalidError("The item has the wrong shape.", errors=[flaw]) from None


def _wish_of(item: Item | Flawed, here: Container[str]) -> Wish | Result:
    if isinstance(item, Flawed):
        return Result(Status.ERROR, item.error.code, item.error.detail)
    if str(item.community) not in here:
        return ELSEWHERE
    return Wish(
        item.label,
        item.kind,
        str(item.object_id),
        item.valid_from,
        item.valid_until,
        item.reason or "",
    )


def results_of(results: Sequence[Result], errors: Mapping[int, DomainError]) -> dict[str, Any]:
    """Return the body that tells of a list; `errors` are of the items that could not be read."""
    told = [_told(index, result, errors.get(index)) for index, result in enumerate(results)]
    return {"results": told, "summary": _summary(results)}


def _told(index: int, result: Result, error: DomainError | None) -> dict[str, Any]:
    told: dict[str, Any] = {"index": index, "status": result.status}
    if result.status is Status.ERROR:
        return {**told, "error": problem(error or NotAssignedError(result))}
    return {**told, **_note(result)} if result.code else told


def _note(result: Result) -> dict[str, Any]:
    """Say why something was left as it was."""
    return {"note": {"code": result.code, "detail": result.detail}} if result.code else {}


def _summary(results: Sequence[Result]) -> dict[str, int]:
    counts = Counter(result.status for result in results)
    done = {status.value: counts[status] for status in Status if status is not Status.ERROR}
    return {"total": len(results), **done, "failed": counts[Status.ERROR]}
