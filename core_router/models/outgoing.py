"""Actions on their way to where people chat."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class OutgoingAction(models.Model):
    """An action that nobody has carried out yet, and who is to.

    A `collector` fetches what waits for it, and it is gone when that has acknowledged it. What the
    `connector` sends, it keeps for a while with what became of it, but not what was said. The
    number comes from PostgreSQL, since the ids that processes make are in order only within each
    of them.
    """

    id = models.BigAutoField(primary_key=True)
    community = models.ForeignKey(
        "identity.Community", on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    entity = models.CharField(max_length=240)
    execution_id = models.UUIDField()
    action = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    carrier = models.CharField(max_length=10, default="collector")
    # What is sent first, where there is a choice: 0 before 1.
    rank = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, default="waiting")
    attempts = models.PositiveSmallIntegerField(default=0)
    code = models.CharField(max_length=60, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "outgoing_actions"
        constraints = [
            models.CheckConstraint(
                condition=Q(carrier__in=["collector", "connector"]), name="a_carrier_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "done", "failed", "expired"]),
                name="an_outcome_is_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["entity", "id"],
                condition=Q(carrier="collector"),
                name="actions_to_collect",
            ),
            models.Index(
                fields=["expires_at"], condition=Q(carrier="collector"), name="actions_to_forget"
            ),
            models.Index(
                fields=["entity", "rank", "id"],
                condition=Q(carrier="connector", state="waiting"),
                name="actions_to_send",
            ),
            models.Index(
                fields=["finished_at"], condition=~Q(state="waiting"), name="actions_that_ended"
            ),
            models.Index(
                fields=["community", "-id"],
                condition=Q(carrier="connector"),
                name="actions_of_a_community",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class OutgoingLane(models.Model):
    """What is sent one after the other, by one worker at a time: a rank of one entity's actions.

    The row is there while something may be waiting. `due_at` is when a worker may take it; for
    one that has it, `lease`, when another one may. `wakes` counts how often something was added.
    """

    entity = models.CharField(max_length=240)
    rank = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()
    lease = models.UUIDField(null=True)
    wakes = models.BigIntegerField(default=1)

    class Meta:
        db_table = "outgoing_lanes"
        constraints = [models.UniqueConstraint(fields=["entity", "rank"], name="one_lane_a_rank")]
        indexes = [models.Index(fields=["due_at"], name="outgoing_lanes_due")]

    def __str__(self) -> str:
        return f"lane {self.pk}"
