"""Identifiers: UUIDv7 (RFC 9562), and the public ids of people."""

import secrets
from datetime import UTC, datetime
from uuid import UUID

import uuid6

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def new_id() -> UUID:
    """Return a UUIDv7: it sorts by the millisecond it was made in."""
    return uuid6.uuid7()


def first_id_of(moment: datetime) -> UUID:
    """Return the smallest UUIDv7 of a millisecond, the bound of a range of ids."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62))


def new_id_at(moment: datetime) -> UUID:
    """Return a new UUIDv7 that tells `moment` as its time."""
    low = secrets.randbits(62) | secrets.randbits(12) << 64
    return UUID(int=first_id_of(moment).int | low)


def moment_of(identifier: UUID) -> datetime:
    """Return when a UUIDv7 was made, in UTC."""
    return datetime.fromtimestamp((identifier.int >> 80) / 1000, tz=UTC)


def random_base62(length: int) -> str:
    # One number for all: asking for each character takes ten times as long. The bits that it has
    # more than the characters can hold leave no character likelier than another.
    number, text = secrets.randbits(6 * length + 64), ""
    for _ in range(length):
        number, digit = divmod(number, 62)
        text += BASE62[digit]
    return text
