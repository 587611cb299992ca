"""What hangs on a label: who holds it, and what would change without it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labels.data import Kind, LabelUse
from labels.models import Label, RoleRule
from labels.queries.holders import holders_of, taken_by_scope
from labels.queries.labels import labels_of
from labels.queries.rules.rows import rules_naming
from labels.registry import uses_of


@dataclass(frozen=True, slots=True)
class Impact:
    """`taken_if_exclusive`: so many would lose this label, or another one of its scope."""

    holders: int
    children: Sequence[Mapping[str, Any]]
    rules: Sequence[Mapping[str, Any]]
    role_rules: Sequence[Mapping[str, Any]]
    uses: Sequence[LabelUse]
    taken_if_exclusive: int

    def in_words(self) -> str:
        """Return what hangs on it, such as `3 holders, 1 rule`; nothing when nothing does."""
        parts = {
            "holder": self.holders,
            "child": len(self.children),
            "rule": len(self.rules),
            "role rule": len(self.role_rules),
            "use": len(self.uses),
        }
        plural = {"child": "children"}
        return ", ".join(
            f"{count} {word if count == 1 else plural.get(word, f'{word}s')}"
            for word, count in parts.items()
            if count
        )


def impact_of(row: Label) -> Impact:
    children = Label.objects.alive().filter(parent_links__parent=row).order_by("name")
    role_rules = RoleRule.objects.filter(label=row, deleted_at=None).order_by("pk")
    return Impact(
        holders=holders_of(row),
        children=list(children.values("id", "name")),
        rules=[{"id": rule.pk, "name": rule.name} for rule in rules_naming(row)],
        role_rules=list(role_rules.values("id", "platform", "server_id", "role")),
        uses=uses_of_label(row),
        taken_if_exclusive=taken_by_scope(row, row.scope),
    )


def uses_of_label(row: Label) -> list[LabelUse]:
    """Return what names a label: things of other apps, and labels that permit giving it."""
    grant = f"labels:assign:{row.name}"
    permitting = labels_of(row.community_id).filter(grants__contains=[grant]).order_by("name")
    uses = [LabelUse("label", label.pk, label.name) for label in permitting]
    if row.kind in {Kind.USER, Kind.ENTITY_GROUP}:
        uses += uses_of(community_id=row.community_id, name=row.name)
    return uses
