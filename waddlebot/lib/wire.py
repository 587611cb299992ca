"""JSON in and out. What PostgreSQL or a later answer could not carry is refused at the door."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

import msgspec
from django.utils.functional import Promise

from waddlebot.lib.errors import Flaw, InvalidError
from waddlebot.lib.problems import MalformedError

T = TypeVar("T")

MAX_BODY: Final = 64 * 1024
MAX_DEPTH: Final = 64
LEAST_INT: Final = -(2**63)
MOST_INT: Final = 2**63 - 1
ANYTHING: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder()
NOT_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")
DIGITS_TO_ZERO: Final = bytes.maketrans(b"123456789", b"000000000")
# Nineteen digits in a row may be a number longer than 64 bits.
LONG_NUMBER: Final = b"0" * 19
WHERE: Final = re.compile(r"^(?P<what>.*?)(?: - at `(?:key in )?\$(?P<path>.*)`)?$", re.DOTALL)


def max_body_of(view: object) -> int:
    """Return how many bytes a view reads; it says so with `max_body`, else 64 KiB."""
    return int(getattr(view, "max_body", MAX_BODY))


def decode(
    body: bytes, decoder: "msgspec.json.Decoder[T]" = ANYTHING, *, bounded: bool = False
) -> T:
    """Read JSON; raises MalformedError when it is none, InvalidError when its shape is wrong.

    `bounded` says that the shape bounds its numbers: then long ids need no second look.
    """
    try:
        value = decoder.decode(body)
        if b"\\u0000" in body or (not bounded and _is_suspect(body)):
            _refuse_what_cannot_be_kept(ANYTHING.decode(body))
    except msgspec.ValidationError as error:
        raise invalid(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise MalformedError("The body is not JSON in UTF-8.") from None
    except RecursionError:
        raise MalformedError("The body is nested too deep.") from None
    return value


def invalid(error: msgspec.ValidationError) -> InvalidError:
    """Return the refusal for a value of the wrong shape, pointing at it."""
    found = WHERE.match(str(error))
    what, path = (found["what"], found["path"] or "") if found else (str(error), "")
    pointer = "#" + re.sub(r"\[([^\]]*)\]", r"/\1", path).replace(".", "/")
    return InvalidError("The body has the wrong shape.", errors=[Flaw(pointer, what)])


def encode(value: Any) -> bytes:
    return ENCODER.encode(value)


def _plain(value: Any) -> Any:
    """Turn what Django and DRF put into answers into what JSON knows."""
    if isinstance(value, str | Promise):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable):
        return list(value)
    # What msgspec asks of an `enc_hook` that does not know a type.
    raise NotImplementedError(f"{type(value).__name__} is no JSON")


ENCODER: Final = msgspec.json.Encoder(enc_hook=_plain)


def _is_suspect(body: bytes) -> bool:
    """Look at the bytes alone, since this is asked for every event."""
    return LONG_NUMBER in body.translate(DIGITS_TO_ZERO) or not _is_shallow(body)


def _is_shallow(body: bytes) -> bool:
    """Peel off one level of brackets at a time. Brackets inside strings may make this say no."""
    brackets = body.translate(None, NOT_BRACKETS)
    for _ in range(MAX_DEPTH):
        if not brackets:
            return True
        peeled = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if len(peeled) == len(brackets):
            return False
        brackets = peeled
    return not brackets


def _refuse_what_cannot_be_kept(value: Any) -> None:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise MalformedError("The body is nested too deep.")
        below: list[Any] = []
        for item in level:
            _refuse_leaf(item)
            if isinstance(item, dict):
                below += [*item.keys(), *item.values()]
            elif isinstance(item, list):
                below += item
        level = below


def _refuse_leaf(value: Any) -> None:
    if isinstance(value, str) and "\0" in value:
        raise MalformedError("A text holds a NUL character.")
    if isinstance(value, int) and not LEAST_INT <= value <= MOST_INT:
        raise MalformedError("A number is out of range.")
