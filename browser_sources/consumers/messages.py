"""What a page may say (contract 6). Anything else ends the connection."""

from typing import Any, Final, TypeAlias

import msgspec

MAX_BYTES: Final = 64 * 1024


class BadMessageError(Exception):
    """Not one of the messages below, or too long."""


class Obs(msgspec.Struct, frozen=True):
    """What OBS tells its pages."""

    visible: bool | None = None
    active: bool | None = None
    streaming: bool | None = None


class Hello(msgspec.Struct, tag_field="type", tag="hello", frozen=True):
    last_seq: int | None = None
    obs: Obs | None = None


class Ack(msgspec.Struct, tag_field="type", tag="ack", frozen=True):
    id: str


class ObsChanged(msgspec.Struct, tag_field="type", tag="obs", frozen=True):
    visible: bool | None = None
    active: bool | None = None
    streaming: bool | None = None


class FormSubmit(msgspec.Struct, tag_field="type", tag="form_submit", frozen=True):
    id: str
    data: dict[str, Any]


class Ping(msgspec.Struct, tag_field="type", tag="ping", frozen=True):
    pass


Message: TypeAlias = Hello | Ack | ObsChanged | FormSubmit | Ping

_decoder: "msgspec.json.Decoder[Message]" = msgspec.json.Decoder(Message)


def read(text: str | None) -> Message:
    """Return the message, or raise BadMessageError; binary frames have no text."""
    if text is None or len(text) > MAX_BYTES:
        raise BadMessageError
    raw = text.encode()
    if len(raw) > MAX_BYTES:
        raise BadMessageError
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        raise BadMessageError from None
