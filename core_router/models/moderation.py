"""What may not be said, and what was stopped."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from waddlebot.lib.ids import new_id


class ModerationRule(models.Model):
    community = models.ForeignKey("identity.Community", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    pattern = models.CharField(max_length=256)
    match = models.CharField(max_length=10)
    allow = ArrayField(models.CharField(max_length=256), default=list, blank=True)
    actions = models.JSONField(default=list)
    severity = models.PositiveSmallIntegerField(default=5)
    min_role = models.CharField(max_length=10, blank=True)
    any_label = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    entities = ArrayField(models.CharField(max_length=240), default=list, blank=True)
    mode = models.CharField(max_length=10, default="enforce")
    case_sensitive = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "moderation_rules"
        constraints = [
            models.UniqueConstraint(fields=["community", "name"], name="one_rule_per_name"),
            models.CheckConstraint(
                condition=Q(severity__gte=1, severity__lte=10), name="severity_is_1_to_10"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ModerationEntry(models.Model):
    """A message a rule stopped; its id is the execution's. Partitioned by month. No text."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    community_id = models.BigIntegerField()
    rule_id = models.BigIntegerField()
    entity = models.CharField(max_length=240)
    platform_user_id = models.CharField(max_length=100)
    message_id = models.CharField(max_length=200, blank=True)
    matches = models.JSONField(default=list)
    actions = models.JSONField(default=list)

    class Meta:
        db_table = "moderation_log"
        verbose_name_plural = "moderation log"
        indexes = [
            models.Index(fields=["community_id", "-id"], name="moderation_of_a_community"),
            models.Index(fields=["platform_user_id"], name="moderation_of_an_account"),
        ]

    def __str__(self) -> str:
        return str(self.id)
