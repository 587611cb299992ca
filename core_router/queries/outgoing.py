"""What waits for collectors, and what the connector has sent."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from core_router.models import OutgoingAction


def waiting_actions(
    *, community_id: int, entity: str, limit: int, now: datetime
) -> list[dict[str, Any]]:
    """Return the first actions of an entity that no collector has acknowledged, in order."""
    rows = OutgoingAction.objects.filter(
        community_id=community_id, entity=entity, carrier="collector", expires_at__gt=now
    )
    return [
        {
            **row.action,
            "id": row.pk,
            "execution_id": row.execution_id,
            "expires_at": row.expires_at,
        }
        for row in rows.order_by("id")[:limit]
    ]


def with_actions(entities: Collection[str]) -> set[str]:
    """Return those of these entities that have actions waiting."""
    rows = OutgoingAction.objects.filter(entity__in=entities, carrier="collector")
    return set(rows.values_list("entity", flat=True).distinct())


def sent_rows(community_id: int, state: str | None = None) -> QuerySet[OutgoingAction]:
    """Return what the connector has done or will do for a community."""
    rows = OutgoingAction.objects.filter(community_id=community_id, carrier="connector")
    return rows.filter(state=state) if state else rows
