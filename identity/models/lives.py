"""What becomes of whole accounts: merged, exported, erased."""

from datetime import timedelta
from typing import Final

from django.db import models
from django.db.models import Q
from django.utils import timezone

from identity.models.people import User
from waddlebot.lib.ids import new_id

EXPORT_LIFE: Final = timedelta(hours=24)


class AccountMerge(models.Model):
    """Two people turned out to be one.

    `moves` counts the rows of each table; the ledger names them, so they can be moved back until
    `expires_at`. A preview has moved nothing, and may be confirmed until then.
    """

    class State(models.TextChoices):
        PREVIEW = "preview"
        DONE = "done"
        UNDONE = "undone"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    survivor = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    absorbed = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    is_staged = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.PREVIEW)
    moves = models.JSONField(default=list)
    ledger = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "account_merges"
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"], condition=Q(state="done"), name="nobody_is_absorbed_twice"
            ),
            models.CheckConstraint(
                condition=~Q(survivor=models.F("absorbed")), name="nobody_merges_with_themselves"
            ),
        ]
        indexes = [
            models.Index(
                fields=["done_at"], condition=Q(state="done"), name="merges_by_when_they_were_done"
            )
        ]

    def __str__(self) -> str:
        return f"{self.absorbed_id} into {self.survivor_id}"


class DataExport(models.Model):
    """All that is kept about somebody, gathered into a zip that stays for 24 hours.

    `due_at` is when a worker may take it up: at once, or when the one that has it in hand has
    not been heard of until then.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    tables_done = models.PositiveIntegerField(default=0)
    tables_total = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "data_exports"
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(state__in=["queued", "running"]),
                name="one_export_in_work_per_person",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["queued", "running"]),
                name="exports_to_build",
            ),
            models.Index(
                fields=["expires_at"], condition=Q(state="done"), name="exports_that_end"
            ),
        ]

    def __str__(self) -> str:
        return f"export of {self.user_id}"


class ExportPart(models.Model):
    """A piece of an export's zip, sealed; in pieces, so that none is ever in memory whole."""

    export = models.ForeignKey(DataExport, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        db_table = "data_export_parts"
        constraints = [
            models.UniqueConstraint(
                fields=["export", "number"], name="a_part_of_an_export_is_there_once"
            )
        ]

    def __str__(self) -> str:
        return f"part {self.number} of {self.export_id}"


class Erasure(models.Model):
    """Somebody wants to be forgotten; the receipt says what was erased, table by table."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled"
        CANCELLED = "cancelled"
        DONE = "done"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    state = models.CharField(max_length=10, choices=State, default=State.SCHEDULED)
    requested_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    receipt = models.JSONField(default=list)

    class Meta:
        db_table = "erasures"
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(state="scheduled"),
                name="one_erasure_at_a_time_per_person",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state="scheduled"), name="erasures_that_are_due"
            )
        ]

    def __str__(self) -> str:
        return f"erasure of {self.user_id}"
