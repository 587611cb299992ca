"""What can be said of a label, and what no label can be."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from labels.data import Kind
from labels.models.labels import scope_of
from labels.registry import GRANT
from waddlebot.lib.errors import Flaw, InvalidError

COLOR: Final = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
# Commas part names in addresses, and permissions name labels behind a colon.
NAME: Final = re.compile(r"[^\s/,:*]+(/[^\s/,:*]+)*")
LONGEST_NAME: Final = 50
LONGEST_GRANT: Final = 100
JOINER: Final = "\u200d"  # Holds emoji together; other invisible signs have no business here.
SYSTEM_SCOPE: Final = "waddlebot/"
MOST_GRANTS: Final = 50
MOST_PARENTS: Final = 20


class InvalidLabelError(InvalidError):
    code = "invalid_label"


@dataclass(frozen=True, slots=True)
class LabelWish:
    """All that can be said of a label; `parents` are ids and names of others of its kind."""

    name: str
    kind: Kind = Kind.USER
    color: str = "#64748b"
    icon: str = ""
    description: str = ""
    exclusive: bool = False
    grants: Sequence[str] = ()
    parents: Sequence[int | str] = ()


def checked(wish: LabelWish, *, is_system: bool) -> LabelWish:
    """Return the wish as it is stored. Raises all that is wrong with it."""
    name, color = unicodedata.normalize("NFC", wish.name), _six_digits(wish.color)
    flaws = [*_flaws_of_name(name, is_system=is_system), *_flaws_of_grants(wish.grants)]
    if not COLOR.fullmatch(color):
        flaws.append(Flaw("#/color", "A colour is # and six hexadecimal digits."))
    if wish.exclusive and not scope_of(name):
        detail = "Labels of one scope exclude each other: name it like tier/gold."
        flaws.append(Flaw("#/exclusive", detail))
    if len(wish.parents) > MOST_PARENTS:
        flaws.append(Flaw("#/parents", f"At most {MOST_PARENTS}."))
    if flaws:
        raise InvalidLabelError(flaws[0].detail, errors=flaws)
    return replace(wish, name=name, color=color, grants=sorted(set(wish.grants)))


def fields_of(wish: LabelWish) -> dict[str, Any]:
    """Return the columns of a label."""
    return {
        "name": wish.name,
        "kind": wish.kind.value,
        "color": wish.color,
        "icon": wish.icon,
        "description": wish.description,
        "exclusive": wish.exclusive,
        "grants": list(wish.grants),
    }


def _six_digits(color: str) -> str:
    color = color.lower()
    return "#" + "".join(2 * digit for digit in color[1:]) if len(color) == len("#abc") else color


def _flaws_of_name(name: str, *, is_system: bool) -> list[Flaw]:
    if not NAME.fullmatch(name) or not name.replace(JOINER, "").isprintable():
        detail = "A name has no spaces, commas, colons or stars; a slash stands between two words."
        return [Flaw("#/name", detail)]
    if len(name) > LONGEST_NAME:
        return [Flaw("#/name", f"At most {LONGEST_NAME} characters.")]
    if name.casefold().startswith(SYSTEM_SCOPE) is not is_system:
        detail = f"Names of the system's labels, and no others, begin with {SYSTEM_SCOPE}"
        return [Flaw("#/name", detail)]
    return []


def _flaws_of_grants(grants: Sequence[str]) -> list[Flaw]:
    if len(grants) > MOST_GRANTS:
        return [Flaw("#/grants", f"At most {MOST_GRANTS}.")]
    detail = "A permission is like commands:so, labels:assign:vip or commands:*."
    return [
        Flaw(f"#/grants/{place}", detail)
        for place, grant in enumerate(grants)
        if not _is_grant(grant)
    ]


def _is_grant(text: str) -> bool:
    is_whole = ":" in text and len(text) <= LONGEST_GRANT and text.isprintable()
    return is_whole and GRANT.fullmatch(text) is not None
