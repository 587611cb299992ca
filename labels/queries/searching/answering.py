"""From what is asked to a page, remembered until a label of the community changes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from identity import api as identity
from labels.data import Kind
from labels.queries.searching import shelf
from labels.queries.searching.asked import Asked, Found, Page, Place
from labels.queries.searching.showing import shown
from labels.queries.searching.terms import (
    Glossary,
    Known,
    Terms,
    groups_of,
    labels_here,
    labels_like,
)
from labels.queries.searching.walking import Walk
from labels.queries.versions import next_change, version_of
from waddlebot.lib import wire

KINDS: Final = tuple(sorted(Kind))


def search(asked: Asked, *, now: datetime) -> Page:
    """Return one page of the objects that hold what is asked for, in the order of their ids.

    It is about what is pinned on them: not what their labels imply, nor what groups lend.
    """
    # Asked for first: what changes while we look makes the answer none to remember.
    version = version_of(asked.community_id)
    page = shelf.recall(asked, version=version, now=now)
    if page is None:
        page = _answer(asked, now)
        until = next_change(asked.community_id, now)
        shelf.keep(asked, page, version=version, until=until, now=now)
    return page


def _answer(asked: Asked, now: datetime) -> Page:
    labels = labels_here(asked.community_id)
    kinds = KINDS if asked.kind is None else (asked.kind,)
    glossaries = {kind: Glossary(labels.values(), kind) for kind in kinds}
    found: list[Found] = []
    for walk in _walks(asked, glossaries, now):
        found += [(walk.kind, key) for key in walk.keys(asked.limit + 1 - len(found))]
        if len(found) > asked.limit:
            break
    words = (*asked.labels, *asked.without)
    unknown = [word for word in words if not any(g.find(word) for g in glossaries.values())]
    return _page(asked, found, labels, unknown, now)


def _walks(asked: Asked, glossaries: Mapping[Kind, Glossary], now: datetime) -> list[Walk]:
    """Return one for each kind, from where the page begins."""
    alike = labels_like(asked.community_id, asked.text) if asked.text else None
    place = asked.place
    walks = [
        Walk(
            community_id=asked.community_id,
            kind=kind,
            terms=Terms(
                known=glossary.rows,
                groups=groups_of(glossary, asked.labels, needs_all=asked.needs_all),
                without=glossary.group(asked.without),
                alike=None if alike is None else alike & glossary.rows.keys(),
            ),
            text=asked.text,
            place=_start(kind, asked),
            backwards=bool(place and place.backwards),
            now=now,
        )
        for kind, glossary in glossaries.items()
    ]
    if place is None:
        return walks
    number = list(glossaries).index(place.kind)
    return walks[number::-1] if place.backwards else walks[number:]


def _start(kind: Kind, asked: Asked) -> Place | None:
    """Return where to begin among the objects of a kind."""
    if asked.place is not None and asked.place.kind is kind:
        return asked.place
    backwards = bool(asked.place and asked.place.backwards)
    if kind is not Kind.USER or backwards:
        return None
    # Whoever came before the first of a community's people need not be looked at.
    return Place(kind, identity.first_of(asked.community_id) - 1)


def _page(
    asked: Asked,
    found: list[Found],
    labels: Mapping[int, Known],
    unknown: list[str],
    now: datetime,
) -> Page:
    has_more, place = len(found) > asked.limit, asked.place
    backwards = place is not None and place.backwards
    page = found[: asked.limit][:: -1 if backwards else 1]
    results = shown(page, labels, community_id=asked.community_id, now=now)
    is_after = has_more or backwards
    is_before = has_more if backwards else place is not None
    return Page(
        results=wire.encode(results),
        unknown=unknown,
        next=Place(*page[-1]) if page and is_after else None,
        previous=Place(*page[0], backwards=True) if page and is_before else None,
    )
