"""Putting what was done to a label on the record, and making every process forget it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from identity.api import record
from labels.models import Label
from labels.operations.announcing import forget_community
from labels.operations.roles.waking import wake_communities

FACTS = ("name", "kind", "color", "icon", "description", "exclusive", "grants")


def facts_of(row: Label) -> dict[str, Any]:
    parents = row.parent_links.order_by("parent_id").values_list("parent_id", flat=True)
    return {name: getattr(row, name) for name in FACTS} | {"parents": list(parents)}


def tell(
    row: Label,
    action: str,
    actor: str,
    now: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    # In this order, as whoever is merged does, or the two might wait for each other.
    wake_communities(None if row.community_id is None else [row.community_id], now=now)
    forget_community(row.community_id)
    record(
        category="audit",
        action=action,
        actor=actor,
        community_id=row.community_id,
        target=f"label:{row.pk}",
        details={"before": before, "after": after},
        now=now,
    )
