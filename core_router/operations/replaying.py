"""Sending again what was given up."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from core_router.models import DeliveryLane, EventDelivery
from core_router.operations.nudge import nudge_deliveries
from core_router.queries.hooks import hook_row
from identity import api as identity
from waddlebot.lib.errors import ConflictError, NotFoundError


class NotDeadError(ConflictError):
    code = "not_dead"


def replay(*, community_id: int, delivery_id: UUID, actor: str, now: datetime) -> EventDelivery:
    """Queue a dead delivery again, behind what waits in its lane. Raises NotDeadError."""
    with transaction.atomic():
        rows = EventDelivery.objects.filter(community_id=community_id, pk=delivery_id)
        row = rows.exclude(hook=None).select_for_update(of=["self"]).first()
        if row is None:
            raise NotFoundError
        if row.state != "dead":
            raise NotDeadError("Only what was given up can be sent again.")
        _queue_again(rows, now)
        _tell(community_id, f"delivery:{delivery_id}", actor, now, 1)
    return EventDelivery.objects.select_related("lane").get(pk=delivery_id)


def replay_dead(*, community_id: int, hook_id: int, actor: str, now: datetime) -> int:
    """Queue all dead deliveries of a hook again; return how many they are."""
    with transaction.atomic():
        hook = hook_row(community_id=community_id, hook_id=hook_id)
        count = _queue_again(EventDelivery.objects.filter(hook=hook, state="dead"), now)
        _tell(community_id, f"event_hook:{hook_id}", actor, now, count)
    return count


def _queue_again(rows: QuerySet[EventDelivery], now: datetime) -> int:
    total = 0
    ids = rows.order_by("lane_id").values_list("lane_id", flat=True).distinct()
    for lane in DeliveryLane.objects.filter(pk__in=list(ids)).order_by("pk").select_for_update():
        dead = list(rows.filter(lane=lane, state="dead").order_by("number"))
        for number, row in enumerate(dead, lane.last_number + 1):
            row.number, row.state, row.attempts = number, "queued", 0
            row.reason, row.detail, row.finished_at = "", "", None
        fields = ["number", "state", "attempts", "reason", "detail", "finished_at"]
        EventDelivery.objects.bulk_update(dead, fields, batch_size=500)
        lane.last_number += len(dead)
        if not lane.has_work:
            lane.has_work, lane.due_at = True, now
        lane.save(update_fields=["last_number", "has_work", "due_at"])
        total += len(dead)
    transaction.on_commit(nudge_deliveries)
    return total


def _tell(community_id: int, target: str, actor: str, now: datetime, count: int) -> None:
    identity.record(
        category="audit",
        action="deliveries.replayed",
        actor=actor,
        community_id=community_id,
        target=target,
        details={"before": {"dead": count}, "after": {"queued": count}},
        now=now,
    )
