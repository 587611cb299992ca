"""The objects of a page with all labels they hold now."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Q

from labels.data import Kind
from labels.queries.looks import look_of
from labels.queries.searching.asked import Found
from labels.queries.searching.kinds import NAMES, Key, holders_at
from labels.queries.searching.terms import Known

Shown = dict[str, Any]


def shown(
    found: Sequence[Found], labels: Mapping[int, Known], *, community_id: int, now: datetime
) -> list[Shown]:
    """Return them as they are answered, in their order; whoever is gone by now is left out."""
    looks = {pk: look_of(row) for pk, row in labels.items()}
    return [
        each
        for kind, run in groupby(found, key=lambda pair: pair[0])
        for each in _of_kind(kind, [key for _, key in run], looks, community_id, now)
    ]


def _of_kind(
    kind: Kind, keys: list[Key], looks: Mapping[int, Shown], community_id: int, now: datetime
) -> Iterator[Shown]:
    rows, column = holders_at(kind, now)
    held: dict[Key, list[Shown]] = defaultdict(list)
    here = Q(community=community_id) | Q(community=None)
    pins = rows.filter(here, **{f"{column}__in": keys})
    for key, label_id, until in pins.values_list(column, "label_id", "valid_until"):
        if label_id in looks:
            held[key].append(looks[label_id] | {"valid_until": until})
    named = NAMES[kind](community_id, keys)
    for key in keys:
        if key in named:
            object_id, name = named[key]
            pinned = sorted(held[key], key=lambda each: str(each["name"]))
            yield {"kind": kind, "object_id": object_id, "name": name, "labels": pinned}
