"""What is asked of a search, and what it answers."""

import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec

from labels.data import Kind

Found = tuple[Kind, Any]
"""An object: a person by their id, anything else by its name."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: behind this object, or before it when it is read backwards."""

    kind: Kind
    key: int | str
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """`labels` and `without` are ids and names. Objects of `kind`, or of every kind."""

    community_id: int
    kind: Kind | None = None
    labels: tuple[str, ...] = ()
    needs_all: bool = True
    without: tuple[str, ...] = ()
    text: str = ""
    limit: int = 50
    place: Place | None = None

    def digest(self) -> bytes:
        """Return the same for whoever asks the same."""
        return hashlib.blake2b(msgspec.msgpack.encode(self), digest_size=16).digest()


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """`results` is JSON, as it is answered; `unknown` are words that are no label here."""

    results: bytes
    unknown: list[str]
    next: Place | None = None
    previous: Place | None = None
