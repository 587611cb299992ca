"""Work on labels that takes longer than a request."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from waddlebot.lib.ids import new_id


class Job(models.Model):
    """An import. `due_at` is when a worker may take it up: at once, or when the one that has it
    in hand has not been heard of until then; `attempts` tells the two apart.

    `next_part` and `next_line` say where to go on: they move with the rows they stand for.
    `failures` counts how often it was taken up since then.
    """

    class State(models.TextChoices):
        UPLOADING = "uploading"
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    community = models.ForeignKey("identity.Community", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, default="import")
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADING)
    actor = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    replaced = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    error_count = models.PositiveIntegerField(default=0)
    errors = models.JSONField(default=list)
    next_part = models.PositiveIntegerField(default=0)
    next_line = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=200, blank=True)
    idempotency_key = models.CharField(max_length=255, blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "jobs"
        constraints = [
            models.UniqueConstraint(
                fields=["community", "actor", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="one_job_per_idempotency_key",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["queued", "running"]),
                name="jobs_that_are_due",
            ),
            models.Index(fields=["community", "-id"], name="jobs_of_a_community"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.state}"


class JobPart(models.Model):
    """A piece of what came in or goes out, compressed: whole records from `first_line` on.

    A record may have several lines, where quotes hold them together.
    """

    class Side(models.TextChoices):
        INPUT = "input"
        RESULT = "result"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, db_index=False, related_name="parts")
    side = models.CharField(max_length=6, choices=Side)
    number = models.PositiveIntegerField()
    first_line = models.PositiveIntegerField(default=1)
    data = models.BinaryField()

    class Meta:
        db_table = "job_parts"
        constraints = [
            models.UniqueConstraint(
                fields=["job", "side", "number"], name="a_part_of_a_job_is_there_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.number} of {self.job_id}"
