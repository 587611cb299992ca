"""Overlays and what they have to show."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from waddlebot.lib.ids import new_id


class BrowserSource(models.Model):
    """One overlay URL. The token's hash finds it; the token is kept encrypted to show it again.

    `seq` counts what its pages were told, so that a page knows old news from new.
    """

    community = models.ForeignKey("identity.Community", on_delete=models.CASCADE, related_name="+")
    type = models.CharField(max_length=10)
    name = models.CharField(max_length=100)
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    token_sealed = models.BinaryField()
    previous_token_sha256 = models.BinaryField(max_length=32, null=True, unique=True)
    previous_valid_until = models.DateTimeField(null=True, blank=True)
    seq = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "browser_sources"
        indexes = [models.Index(fields=["community", "type"], name="sources_of_a_community")]
        constraints = [
            models.CheckConstraint(
                condition=Q(type__in=["ticker", "media", "general"]), name="source_type_is_known"
            )
        ]

    def __str__(self) -> str:
        return self.name


class OverlayItem(models.Model):
    """Something shown, or waiting to be. Partitioned by month."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    source_id = models.BigIntegerField()
    community_id = models.BigIntegerField()
    kind = models.CharField(max_length=10)
    content = models.JSONField()
    priority = models.PositiveSmallIntegerField(default=5)
    duration_s = models.FloatField(default=10)
    is_test = models.BooleanField(default=False)
    state = models.CharField(max_length=10, default="waiting")
    started_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "overlay_items"
        indexes = [
            models.Index(
                fields=["source_id", "priority", "id"],
                condition=Q(state="waiting"),
                name="items_waiting",
            ),
            models.Index(fields=["source_id"], condition=Q(state="showing"), name="items_showing"),
        ]

    def __str__(self) -> str:
        return str(self.id)
