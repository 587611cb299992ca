"""Events that wait."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from waddlebot.lib.ids import new_id


class QueuedEvent(models.Model):
    """An event accepted with `respond-async`: the row is the promise, Celery only the nudge."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    community = models.ForeignKey("identity.Community", on_delete=models.CASCADE, related_name="+")
    platform = models.CharField(max_length=30)
    event_id = models.CharField(max_length=200)
    payload = models.JSONField()
    state = models.CharField(max_length=10, default="queued")
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    answer = models.JSONField(null=True)
    error = models.CharField(max_length=200, blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "queued_events"
        constraints = [
            models.UniqueConstraint(
                fields=["community", "platform", "event_id"], name="an_event_is_queued_once"
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="queued"), name="events_waiting"),
            models.Index(
                fields=["finished_at"], condition=~Q(state="queued"), name="events_finished"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
