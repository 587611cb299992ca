"""Where people chat, as platforms name it: the entities of the contract."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from waddlebot.lib.errors import Flaw, InvalidError

LONGEST_ID: Final = 100
PLATFORM: Final = re.compile(r"[a-z][a-z0-9_-]{0,29}")


class InvalidEntityError(InvalidError):
    code = "invalid_entity"


@dataclass(frozen=True, slots=True)
class Place:
    """A place where people chat, as platforms name it."""

    platform: str
    server_id: str
    channel_id: str = ""

    @property
    def key(self) -> str:
        parts = (self.platform, self.server_id, self.channel_id)
        return "+".join(parts if self.channel_id else parts[:2])


def place_of(key: str) -> Place:
    """Read `platform+server[+channel]`. Raises InvalidEntityError."""
    parts = key.split("+")
    if len(parts) not in {2, 3}:
        detail = "An entity is platform+server or platform+server+channel."
        raise InvalidEntityError(detail, errors=[Flaw("#/entity", detail)])
    return checked_place(Place(*parts))


def places_of(keys: Iterable[str], *, pointer: str) -> list[Place]:
    """Read several; the refusal points at the first that is none."""
    places = []
    for number, key in enumerate(keys):
        try:
            places.append(place_of(key))
        except InvalidEntityError as error:
            flaw = Flaw(f"{pointer}/{number}", error.detail)
            raise InvalidEntityError(error.detail, errors=[flaw]) from None
    return places


def checked_place(place: Place) -> Place:
    if not PLATFORM.fullmatch(place.platform):
        raise _invalid("platform", "A platform is a lower-case slug, like twitch.")
    for name, value in (("server_id", place.server_id), ("channel_id", place.channel_id)):
        if len(value) > LONGEST_ID or "+" in value or not _is_clean(value):
            raise _invalid(name, "At most 100 characters, no + and nothing invisible.")
    if not place.server_id:
        raise _invalid("server_id", "A server_id is needed.")
    return place


def _is_clean(value: str) -> bool:
    return value == value.strip() and not any(
        unicodedata.category(character)[0] == "C" for character in value
    )


def _invalid(field: str, detail: str) -> InvalidEntityError:
    return InvalidEntityError(detail, errors=[Flaw(f"#/{field}", detail)])
