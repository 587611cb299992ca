"""Rules that give labels by themselves, and what their runs have done."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from labels.models.labels import Label
from waddlebot.lib.ids import new_id


class LabelRule(models.Model):
    """Whoever meets `conditions` gets `label`; with `removes`, who no longer does loses it.

    Of rules that give exclusive labels of one scope the one with the higher `priority` wins, of
    equals the newer one. `conditions` name labels by their ids.
    """

    community = models.ForeignKey("identity.Community", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=50)
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="+")
    conditions = models.JSONField()
    removes = models.BooleanField(default=False)
    priority = models.SmallIntegerField(default=0)
    enabled = models.BooleanField(default=True)
    # Why it was switched off when nobody did that.
    disabled_because = models.CharField(max_length=100, blank=True, default="", db_default="")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    # When everybody is looked at again, and when they last were.
    due_at = models.DateTimeField(default=timezone.now)
    ran_at = models.DateTimeField(null=True, blank=True)
    # It is gone for everybody but the run that takes back what it gave.
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        db_table = "label_rules"
        constraints = [
            models.UniqueConstraint(
                fields=["community", "name"],
                condition=Q(deleted_at=None),
                name="one_label_rule_per_name",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(enabled=True), name="label_rules_that_are_due"
            )
        ]

    def __str__(self) -> str:
        return self.name


class RuleRun(models.Model):
    """One look of a rule at everybody, resumed after the last person it has done.

    What it did for those to whom something happened is in one row a day, `event`. A worker that
    has a run in hand moves `due_at` with every step; `attempts` tells it from one who thought it
    dead.
    """

    class Trigger(models.TextChoices):
        HAND = "hand"
        CHANGE = "change"
        TIME = "time"
        EVENT = "event"
        DELETION = "deletion"

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    rule = models.ForeignKey(LabelRule, on_delete=models.CASCADE, related_name="runs")
    trigger = models.CharField(max_length=10, choices=Trigger)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    actor = models.CharField(max_length=60, blank=True, default="", db_default="")
    added = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    suppressed = models.PositiveIntegerField(default=0)
    blocked = models.PositiveIntegerField(default=0, db_default=0)
    last_user_id = models.BigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    error = models.CharField(max_length=100, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "label_rule_runs"
        constraints = [
            models.UniqueConstraint(
                fields=["rule"], condition=Q(state="running"), name="one_run_of_a_rule_at_a_time"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state="running"), name="rule_runs_that_are_due"
            ),
            models.Index(fields=["finished_at"], name="rule_runs_by_their_end"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id}: +{self.added} -{self.removed}"


class RuleWake(models.Model):
    """Something has happened to somebody: the rules of the community look at them soon."""

    community = models.ForeignKey(
        "identity.Community", on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    user = models.ForeignKey("identity.User", on_delete=models.CASCADE, related_name="+")
    woken_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "label_rule_wakes"
        constraints = [
            models.UniqueConstraint(fields=["community", "user"], name="somebody_is_woken_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.community_id}"
