"""Labels by their ids and names, and what they permit with all they imply."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import Q, QuerySet

from labels.data import Kind
from labels.models import Label, LabelParent
from waddlebot.lib.errors import NotFoundError

IMPLIED: Final = """
WITH RECURSIVE asked AS (
    SELECT id, community_id FROM labels WHERE id = ANY(%s)
), links AS (
    SELECT label_id, parent_id FROM label_parents
    UNION ALL
    SELECT (named #>> '{}')::bigint, rules.label_id
    FROM label_rules AS rules
    CROSS JOIN LATERAL jsonb_path_query(conditions, '$.**.label') AS named
    WHERE community_id IN (SELECT community_id FROM asked) AND deleted_at IS NULL
    AND jsonb_typeof(named) = 'number'
), implied AS (
    SELECT id AS label_id, id AS above_id FROM asked
    UNION
    SELECT implied.label_id, links.parent_id
    FROM implied JOIN links ON links.label_id = implied.above_id
)
SELECT implied.label_id, array_agg(DISTINCT permission)
FROM implied JOIN labels ON labels.id = implied.above_id AND labels.deleted_at IS NULL
CROSS JOIN LATERAL (
    SELECT unnest(labels.grants) AS permission
    UNION ALL
    SELECT 'roles:give:' || platform FROM role_rules
    WHERE role_rules.label_id = labels.id AND role_rules.deleted_at IS NULL
) AS granted
GROUP BY implied.label_id
"""


def labels_of(community_id: int | None) -> QuerySet[Label]:
    """Return the labels of a community; of None, the system's."""
    return Label.objects.alive().filter(Q(community=community_id))


def listed(community_id: int, *, kind: str = "", text: str = "") -> QuerySet[Label]:
    """Return a community's labels and the system's, of a kind, with some text in their names."""
    rows = Label.objects.alive().filter(Q(community=community_id) | Q(community=None))
    if kind:
        rows = rows.filter(kind=kind)
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(description__icontains=text))
    return with_parents(rows)


def with_parents(rows: QuerySet[Label]) -> QuerySet[Label]:
    return rows.prefetch_related("parent_links__parent")


def label_row(label_id: int) -> Label:
    """Raises NotFoundError. Whose it is, is for the caller to look at."""
    row = Label.objects.alive().filter(pk=label_id).first()
    if row is None:
        raise NotFoundError
    return row


def label_named(*, community_id: int | None, kind: Kind, name: str) -> Label | None:
    """Return the label of exactly this name, else the only one that differs in case alone."""
    return find_labels(community_id=community_id, kind=kind, references=[name]).get(name)


def find_labels(
    *, community_id: int | None, kind: Kind, references: Collection[int | str]
) -> dict[int | str, Label]:
    """Return whom ids and names mean, by at most two statements; the unknown are left out."""
    known = labels_of(community_id).filter(kind=kind.value)
    ids = {each for each in references if isinstance(each, int)}
    names = {each for each in references if isinstance(each, str) and "\0" not in each}
    found: dict[int | str, Label] = {}
    for row in known.filter(Q(pk__in=ids) | Q(name__in=names)):
        found |= {row.pk: row, row.name: row}
    if missing := names - found.keys():
        alike = _by_folded_name(known)
        found |= {name: alike[name.casefold()] for name in missing if name.casefold() in alike}
    return {each: found[each] for each in references if each in found}


def grants_of(label_ids: Iterable[int]) -> Mapping[int, frozenset[str]]:
    """Return all that each permits, by its parents too; without those that permit nothing.

    A label that a rule asks for permits what the label permits that the rule gives; one from
    which a role on a platform follows, what giving that role permits.
    """
    with connection.cursor() as cursor:
        cursor.execute(IMPLIED, [list(label_ids)])
        return {label_id: frozenset(grants) for label_id, grants in cursor.fetchall()}


def exclusive_siblings(
    community_id: int | None, rows: Iterable[Label]
) -> Mapping[int, frozenset[int]]:
    """Return, for each label of a community, those it takes off whoever is given it."""
    rows = list(rows)
    scopes = {row.exclusive_scope for row in rows} - {""}
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    if scopes:
        known = labels_of(community_id).filter(exclusive=True, scope__in=scopes)
        for pk, kind, scope in known.values_list("pk", "kind", "scope"):
            found[kind, scope].add(pk)
    return {row.pk: frozenset(found[row.kind, row.exclusive_scope] - {row.pk}) for row in rows}


def _by_folded_name(labels: QuerySet[Label]) -> dict[str, Label]:
    rows = list(labels)
    alike = Counter(row.name.casefold() for row in rows)
    return {folded: row for row in rows if alike[folded := row.name.casefold()] == 1}


@dataclass(frozen=True, slots=True)
class Power:
    """What a label is worth: its name, all it permits or takes away, and its own parents."""

    name: str = ""
    grants: frozenset[str] = frozenset()
    parents: frozenset[int] = frozenset()


def power_of(row: Label) -> Power:
    taken = exclusive_siblings(row.community_id, [row])[row.pk]
    grants = grants_of([row.pk, *taken]).values()
    parents = LabelParent.objects.filter(label=row).values_list("parent_id", flat=True)
    return Power(row.name, frozenset().union(*grants), frozenset(parents))
