"""Events on their way to those who asked for them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core_router.models.engines import Engine
from waddlebot.lib.ids import new_id


class EventHook(models.Model):
    """What a community has told of its events, in their order.

    The `sequential` ones of an event wait for each other by priority, the first is 1; the
    `parallel` ones wait for nobody.
    """

    community = models.ForeignKey("identity.Community", on_delete=models.CASCADE, related_name="+")
    message_types = ArrayField(models.CharField(max_length=30))
    engine = models.OneToOneField(Engine, on_delete=models.CASCADE, related_name="hook")
    mode = models.CharField(max_length=10, default="parallel")
    priority = models.PositiveSmallIntegerField(default=100)
    enabled = models.BooleanField(default=True)
    disabled_because = models.CharField(max_length=200, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "event_hooks"
        constraints = [
            models.CheckConstraint(
                condition=Q(mode__in=["parallel", "sequential"]), name="hook_mode_is_known"
            )
        ]

    def __str__(self) -> str:
        return f"hook {self.pk}"


class DeliveryLane(models.Model):
    """What one engine is told of one entity: one thing after the other, by one worker at a time.

    `due_at` is when a worker may take it; for one that has it, `lease`, when another one may.
    `attempts` counts how often in a row it could not be reached.
    """

    engine = models.ForeignKey(Engine, on_delete=models.CASCADE, related_name="lanes")
    entity = models.CharField(max_length=240)
    has_work = models.BooleanField(default=True)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    lease = models.UUIDField(null=True)
    # Counted under the lock of this row, so that numbers are in the order of commits.
    last_number = models.BigIntegerField(default=0)

    class Meta:
        db_table = "delivery_lanes"
        constraints = [
            models.UniqueConstraint(fields=["engine", "entity"], name="one_lane_an_entity")
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(has_work=True), name="lanes_with_work")
        ]

    def __str__(self) -> str:
        return f"lane {self.pk}"


class EventDelivery(models.Model):
    """One call owed to an engine: of an event to a hook, or of a command that was queued.

    Its id is what the module gets to see as execution id, the same at every attempt;
    `execution_id` is the event's. `payload` is emptied when it is done.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    community = models.ForeignKey(
        "identity.Community", on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    lane = models.ForeignKey(
        DeliveryLane, on_delete=models.CASCADE, db_index=False, related_name="deliveries"
    )
    # Its place in the lane.
    number = models.BigIntegerField(default=0)
    hook = models.ForeignKey(
        EventHook, on_delete=models.CASCADE, null=True, db_index=False, related_name="+"
    )
    command_id = models.BigIntegerField(null=True)
    execution_id = models.UUIDField()
    session_id = models.UUIDField()
    event_id = models.CharField(max_length=200, blank=True)
    message_type = models.CharField(max_length=30)
    payload = models.JSONField()
    # The delivery that has to end before this one may begin.
    after = models.UUIDField(null=True)
    state = models.CharField(max_length=10, default="queued")
    attempts = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=50, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "event_deliveries"
        verbose_name_plural = "event deliveries"
        constraints = [
            # Also finds what an event owes.
            models.UniqueConstraint(
                fields=["execution_id", "hook"],
                nulls_distinct=False,
                name="an_event_is_delivered_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["lane", "number"],
                condition=Q(state="queued"),
                name="deliveries_in_order",
            ),
            models.Index(fields=["hook", "state", "-id"], name="deliveries_of_a_hook"),
            models.Index(
                fields=["after"],
                condition=Q(state="queued", after__isnull=False),
                name="deliveries_that_wait",
            ),
            models.Index(
                fields=["finished_at"],
                condition=~Q(state="queued"),
                name="deliveries_finished",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
