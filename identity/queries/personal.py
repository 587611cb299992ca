"""Everything that is kept about one person, table by table, a page at a time."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from django.db import models
from django.db.models import QuerySet

from identity.models import ApiKey, Membership
from identity.queries.people import ids_of
from identity.registry import PersonalTable, personal_tables, personal_traces

PAGE: Final = 1000
ANOTHER: Final = "another"
PEOPLE: Final = ("user:", "key:")


@dataclass(frozen=True, slots=True)
class Source:
    """One table or trace of an export. `columns` are known even when it has no rows."""

    app: str
    name: str
    columns: Sequence[str]
    rows: Callable[[], Iterable[Mapping[str, Any]]]


def sources_of(user_id: int) -> list[Source]:
    """Return every registered table and trace, with how to read this person's rows in it."""
    user_ids = ids_of(user_id)
    tables = [
        Source(each.app, each.name, _columns(each), partial(_rows, each, user_ids))
        for each in personal_tables()
        if each.export
    ]
    traces = [
        Source(each.app, each.name, (), partial(each.export, user_id))
        for each in personal_traces()
        if each.export
    ]
    return tables + traces


def owned(table: PersonalTable, user_ids: Sequence[int]) -> "QuerySet[models.Model]":
    """Return the rows of these people in a table."""
    rows = table.model._default_manager.filter(**table.where)  # noqa: SLF001 - Django documents it
    return rows.filter(**{f"{table.column}__in": user_ids})


def words_for(user_ids: Sequence[int]) -> list[str]:
    """Return what stands for these people where it is written who did something."""
    keys = ApiKey.objects.filter(user_id__in=user_ids).values_list("key_id", flat=True)
    return [f"user:{user_id}" for user_id in user_ids] + [f"key:{key_id}" for key_id in keys]


def community_ids_of(user_ids: Sequence[int]) -> list[int]:
    """Return the communities these people belong to, or were seen in."""
    memberships = Membership.objects.filter(user_id__in=user_ids).order_by("community_id")
    return list(memberships.values_list("community_id", flat=True).distinct())


def pages(rows: "QuerySet[Any]", columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Return the rows newest first, reading a thousand at a time."""
    key = rows.model._meta.pk.attname  # noqa: SLF001 - Django documents _meta
    ordered = rows.order_by("-pk").values(*columns)
    page = list(ordered[:PAGE])
    while page:
        yield from page
        page = list(ordered.filter(pk__lt=page[-1][key])[:PAGE])


def _rows(table: PersonalTable, user_ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    words = words_for(user_ids) if table.actors else ()
    for row in _stored(table, user_ids):
        did = {name: row[name] for name in table.actors}
        yield row | {name: ANOTHER for name, who in did.items() if _is_another(who, words)}


def _is_another(who: str, words: Collection[str]) -> bool:
    return who.startswith(PEOPLE) and who not in words


def _stored(table: PersonalTable, user_ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    rows, columns = owned(table, user_ids), _columns(table)
    if not table.within_communities:
        yield from pages(rows, columns)
        return
    for community_id in community_ids_of(user_ids):
        yield from pages(rows.filter(community_id=community_id), columns)


def _columns(table: PersonalTable) -> list[str]:
    return [
        each.attname
        for each in table.model._meta.concrete_fields  # noqa: SLF001 - Django documents _meta
        if each.attname not in table.hidden and not isinstance(each, models.BinaryField)
    ]
