"""The AAA log."""

from django.db import models
from django.db.models import Q

from waddlebot.lib.ids import new_id


class AuditEvent(models.Model):
    """One entry of the AAA log; nothing updates or deletes it. Partitioned by month."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    category = models.CharField(max_length=20)
    action = models.CharField(max_length=60)
    outcome = models.CharField(max_length=20, default="success")
    actor = models.CharField(max_length=60, blank=True)
    community_id = models.BigIntegerField(null=True)
    target = models.CharField(max_length=200, blank=True)
    ip = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)
    day = models.DateField()
    position = models.PositiveIntegerField()
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "audit_events"
        indexes = [
            models.Index(fields=["community_id", "-id"], name="audit_of_a_community"),
            models.Index(fields=["actor", "-id"], name="audit_by_an_actor"),
            models.Index(fields=["target", "-id"], name="audit_of_a_target"),
            models.Index(fields=["action", "-id"], name="audit_of_an_action"),
            models.Index(
                fields=["outcome", "-id"],
                condition=~Q(outcome="success"),
                name="audit_of_refusals",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.id}"
