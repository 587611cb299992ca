"""Who and what holds a label: the rows that are open."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from labels.data import Kind
from labels.models import Label, ObjectLabel, UserLabel

MOST_COUNTED: Final = 1000
COUNT: Final = """
SELECT wanted.id,
    (SELECT count(*) FROM (SELECT FROM user_labels
        WHERE label_id = wanted.id AND ended_at IS NULL LIMIT %(most)s) AS people)
    + (SELECT count(*) FROM (SELECT FROM object_labels
        WHERE label_id = wanted.id AND ended_at IS NULL LIMIT %(most)s) AS objects)
FROM unnest(%(ids)s::bigint[]) AS wanted (id)
"""


def rows_beside(row: Label) -> "QuerySet[Any]":
    """Return who holds labels of the same kind and community."""
    here = Q(community=row.community_id, ended_at=None)
    if row.kind == Kind.USER:
        return UserLabel.objects.filter(here)
    return ObjectLabel.objects.filter(here, kind=row.kind)


def key_of(row: Label) -> str:
    """Return the column that tells the holders apart."""
    return "user_id" if row.kind == Kind.USER else "object_id"


def holders_of(row: Label) -> int:
    return rows_beside(row).filter(label=row).count()


def holder_counts(label_ids: Iterable[int]) -> Mapping[int, int]:
    """Return how many hold each, counted up to a thousand."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"ids": list(label_ids), "most": MOST_COUNTED})
        return dict(cursor.fetchall())


def taken_by_scope(row: Label, scope: str) -> int:
    """Return how many would lose this label or another one, if it excluded those of a scope."""
    if not scope or scope == row.exclusive_scope:
        return 0
    rivals = rows_beside(row).filter(exclusive_scope=scope).exclude(label=row)
    same_holder = rivals.filter(**{key_of(row): OuterRef(key_of(row))})
    return rows_beside(row).filter(Exists(same_holder), label=row).count()
