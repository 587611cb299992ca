"""Events as they travel: bytes in, checked `Event`s; answers out. And what collectors ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from core_router.data import MESSAGE_TYPES, Event
from waddlebot.lib.errors import DomainError, Flaw, InvalidError
from waddlebot.lib.pagination import DEFAULT_LIMIT, MAX_LIMIT, whole_number
from waddlebot.lib.problems import TooLargeError, problem
from waddlebot.lib.wire import MOST_INT, decode, invalid

EVENT_BYTES: Final = 64 * 1024
BATCH_BYTES: Final = 4 * 1024 * 1024
BATCH_EVENTS: Final = 100
LONGEST_WAIT_S: Final = 30

Slug = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,29}$")]
Place = Annotated[str, Meta(min_length=1, max_length=100)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]
Word = Annotated[str, Meta(max_length=50)]
Id = Annotated[str, Meta(max_length=200)]


class EventShape(msgspec.Struct, omit_defaults=True):
    """Contract 2; what is not named here is kept in `metadata`."""

    platform: Slug
    server_id: Place
    user_id: Name
    user_name: Name
    message_type: str
    event_id: Id | None = None
    channel_id: Annotated[str, Meta(max_length=100)] | None = None
    display_name: Annotated[str, Meta(max_length=100)] | None = None
    user_roles: Annotated[list[Word], Meta(max_length=50)] | None = None
    message_content: str | None = None
    message_id: Id | None = None
    occurred_at: Annotated[str, Meta(max_length=40)] | None = None
    metadata: dict[str, Any] | None = None


class AcknowledgedShape(msgspec.Struct, forbid_unknown_fields=True):
    """The actions that a collector has done."""

    ids: Annotated[
        list[Annotated[int, Meta(ge=1, le=MOST_INT)]], Meta(min_length=1, max_length=200)
    ]


ACKNOWLEDGED: Final = msgspec.json.Decoder(AcknowledgedShape)
FIELDS: Final = frozenset(EventShape.__struct_fields__)


def read_event(body: bytes) -> Event:
    """Raises `MalformedError`, `InvalidError` or `TooLargeError`."""
    if len(body) > EVENT_BYTES:
        raise TooLargeError("An event is at most 64 KiB.")
    return to_event(decode(body))


@dataclass(frozen=True, slots=True)
class Refused:
    """An event of a batch that failed alone."""

    event_id: str | None
    error: DomainError


def read_batch(body: bytes) -> list[Event | Refused]:
    """Return each event, or what is wrong with it: one bad event fails alone."""
    if len(body) > BATCH_BYTES:
        raise TooLargeError("A batch is at most 4 MiB.")
    value: Any = decode(body)
    found = value.get("events") if isinstance(value, dict) else None
    if not isinstance(found, list) or not 1 <= len(found) <= BATCH_EVENTS:
        flaw = Flaw("#/events", f"A list of 1 to {BATCH_EVENTS} events is needed.")
        raise InvalidError("The batch has the wrong shape.", errors=[flaw])
    # In a body this small no event can be too large.
    weigh = len(body) > EVENT_BYTES
    return [_one_of_many(item, weigh=weigh) for item in found]


def to_event(value: object) -> Event:
    """Check the shape of a decoded event."""
    if not isinstance(value, dict):
        raise InvalidError("An event is a JSON object.", errors=[Flaw("#", "Expected an object.")])
    try:
        shape = msgspec.convert(value, EventShape)
    except msgspec.ValidationError as error:
        raise invalid(error) from None
    if shape.message_type not in MESSAGE_TYPES:
        _refuse("message_type", "This message type is not known.")
    if shape.message_content is None and shape.message_type == "chatMessage":
        _refuse("message_content", "A chatMessage needs it.")
    if "+" in shape.server_id:
        _refuse("server_id", "It holds no “+”: that separates the parts of an entity.")
    metadata = shape.metadata or {}
    if extra := value.keys() - FIELDS:
        metadata = {**metadata, **{key: value[key] for key in extra}}
    return Event(
        platform=shape.platform,
        server_id=shape.server_id,
        user_id=shape.user_id,
        user_name=shape.user_name,
        message_type=shape.message_type,
        event_id=shape.event_id or "",
        channel_id=shape.channel_id or "",
        display_name=shape.display_name or "",
        user_roles=tuple(shape.user_roles or ()),
        message_content=shape.message_content or "",
        message_id=shape.message_id or "",
        occurred_at=shape.occurred_at or "",
        metadata=metadata,
    )


def read_acknowledged(body: bytes) -> list[int]:
    return decode(body, ACKNOWLEDGED).ids


def read_patience(query: Mapping[str, str]) -> tuple[int, int]:
    """Return how many actions are wanted at most, and for how many seconds to wait for one."""
    limit = query.get("limit", str(DEFAULT_LIMIT))
    wait_s = query.get("wait", "0")
    return (
        whole_number("limit", limit, least=1, most=MAX_LIMIT),
        whole_number("wait", wait_s, least=0, most=LONGEST_WAIT_S),
    )


def error_of(refused: Refused) -> dict[str, Any]:
    """Return what stands in a batch's results for an event that failed alone."""
    return {"event_id": refused.event_id, "error": problem(refused.error)}


def _one_of_many(value: object, *, weigh: bool) -> Event | Refused:
    try:
        if weigh and len(msgspec.json.encode(value)) > EVENT_BYTES:
            raise TooLargeError("An event is at most 64 KiB.")
        return to_event(value)
    except DomainError as error:
        event_id = value.get("event_id") if isinstance(value, dict) else None
        return Refused(event_id if isinstance(event_id, str) else None, error)


def _refuse(field: str, detail: str) -> None:
    raise InvalidError("The event has the wrong shape.", errors=[Flaw(f"#/{field}", detail)])
