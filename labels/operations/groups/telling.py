"""Putting what was done to a group on the record, and having it noticed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from identity.api import record
from labels.models import EntityGroup, RoleRule
from labels.operations.announcing import forget_community


def facts_of(row: EntityGroup) -> dict[str, Any]:
    return {
        "name": row.name,
        "description": row.description,
        "entities": sorted(row.entities.values_list("entity", flat=True)),
        "parents": sorted(row.parent_links.values_list("parent_id", flat=True)),
    }


def tell(
    row: EntityGroup,
    action: str,
    actor: str,
    now: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    # Whoever is in it may hold other labels by now: all are asked for, and roles looked at, anew.
    forget_community(row.community_id)
    RoleRule.objects.filter(group__community=row.community_id).update(due_at=now)
    record(
        category="audit",
        action=action,
        actor=actor,
        community_id=row.community_id,
        target=f"entity_group:{row.pk}",
        details={"before": before, "after": after},
        now=now,
    )
