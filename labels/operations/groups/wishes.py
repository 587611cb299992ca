"""What can be said of an entity group, and what no group can be."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from waddlebot.lib.errors import Flaw, InvalidError
from waddlebot.lib.places import places_of

LONGEST_NAME: Final = 50
MOST_ENTITIES: Final = 100
MOST_PARENTS: Final = 20
# Slashes and commas part names in addresses.
FORBIDDEN: Final = frozenset("/,")


class InvalidGroupError(InvalidError):
    code = "invalid_group"


@dataclass(frozen=True, slots=True)
class GroupWish:
    """All that can be said of a group; `parents` are ids and names of those it is in."""

    name: str
    description: str = ""
    entities: Sequence[str] = ()
    parents: Sequence[int | str] = ()


def checked(wish: GroupWish) -> GroupWish:
    """Return the wish as it is stored. Raises what is wrong with it."""
    name = unicodedata.normalize("NFC", wish.name)
    if not _is_name(name):
        detail = (
            f"A name has at most {LONGEST_NAME} characters, no slashes and commas, and is more "
            "than a number."
        )
        raise InvalidGroupError(detail, errors=[Flaw("#/name", detail)])
    for field, given, most in (
        ("entities", wish.entities, MOST_ENTITIES),
        ("parents", wish.parents, MOST_PARENTS),
    ):
        if len(given) > most:
            raise InvalidGroupError(f"At most {most}.", errors=[Flaw(f"#/{field}", "Too many.")])
    entities = {place.key for place in places_of(wish.entities, pointer="#/entities")}
    return replace(wish, name=name, entities=sorted(entities))


def _is_name(name: str) -> bool:
    return (
        0 < len(name) <= LONGEST_NAME
        and name == " ".join(name.split())
        and name.isprintable()
        and not name.isdecimal()
        and FORBIDDEN.isdisjoint(name)
    )
