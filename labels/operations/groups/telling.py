"""Putting what was done to a group on the record, and having it noticed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from identity.api import record
from labels.models import EntityGroup
from labels.operations.roles.waking import wake_communities


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
    # Its people may hold other labels by now: every role on the platforms is looked at anew.
    wake_communities([row.community_id], now=now)
    record(
        category="audit",
        action=action,
        actor=actor,
        community_id=row.community_id,
        target=f"entity_group:{row.pk}",
        details={"before": before, "after": after},
        now=now,
    )
