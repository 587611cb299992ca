"""How a way to a right is told: hop by hop for programs, in a sentence for people."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from labels.queries.bearer import NONE, Bearer, Counted
from labels.queries.book import Book, Entry
from labels.registry import covering

Hop = Mapping[str, Any]

BEGINS: Final = {
    "role": "{They} are {a} {role}",
    "platform_role": "{They} are {role} on the platform",
    "group": "{They} are in the group {group}",
    "label": "{They} hold {label}",
}
GOES_ON: Final = {
    "role": ", which makes {them} {a} {role} here",
    "group": ", which is in {group}",
    "label": ", which lends {them} {label}",
    "parent": ", which implies {label}",
    "grant": ", which grants {grant}",
}
YOU: Final = {"They": "You", "them": "you"}
THEY: Final = {"They": "They", "them": "them"}


def role_hops(somebody: Bearer) -> list[Hop]:
    hops: list[Hop] = [{"kind": "role", "role": somebody.role.word}]
    if somebody.role is somebody.own_role:
        return hops
    return [{"kind": "platform_role", "role": somebody.worthiest}, *hops]


def label_hops(
    somebody: Bearer, by: Counted, *, names: frozenset[str] = NONE, permission: str = ""
) -> list[Hop]:
    """Return the way to one of these names, or to what grants the permission."""
    grants = covering(permission) if permission else NONE
    hops: list[Hop] = [{"kind": "group", "group": group.name} for group in by.groups]
    until = {"until": by.spell.ends} if by.spell.ends else {}
    *path, last = path_to(by.entry, _book(somebody, by.entry), names=names, grants=grants)
    for entry in (*path, last):
        kind = "label" if entry is by.entry else "parent"
        hops.append({"kind": kind, "label": entry.name, **(until if kind == "label" else {})})
    granted = sorted(grants & last.own_grants, key=len)
    return [*hops, *({"kind": "grant", "grant": grant} for grant in granted[-1:])]


def path_to(
    entry: Entry, book: Book, *, names: frozenset[str], grants: frozenset[str]
) -> list[Entry]:
    """Return the labels from one to the nearest it implies that is asked for."""
    for way in entry.ways:
        last = book.labels[way[-1]]
        if last.name in names or not grants.isdisjoint(last.own_grants):
            return [book.labels[pk] for pk in way]
    return [entry]


def told(hops: Sequence[Hop], now: datetime, words: Mapping[str, str]) -> str:
    """Say a way in a sentence; `words` are YOU or THEY."""
    return "".join(_parts(hops, now, words)) + "."


def _parts(hops: Sequence[Hop], now: datetime, words: Mapping[str, str]) -> Iterator[str]:
    for number, hop in enumerate(hops):
        article = "an" if hop.get("role", "")[:1] in {"a", "o"} else "a"
        forms = GOES_ON if number else BEGINS
        yield forms[hop["kind"]].format_map({**words, "a": article, **hop})
    for hop in hops:
        if "until" in hop:
            yield f", until {at(hop['until'], now)}"


def at(moment: datetime, now: datetime) -> str:
    """Return a time as people say it, with its year when that is another one."""
    year = "" if moment.year == now.year else f" {moment.year}"
    return f"{moment:%a} {moment.day} {moment:%b}{year} {moment:%H:%M} UTC"


def _book(somebody: Bearer, entry: Entry) -> Book:
    return next(side.book for side in somebody.own if entry.id in side.book.labels)
