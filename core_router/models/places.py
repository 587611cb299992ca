"""Where people chat."""

from django.db import models
from django.utils import timezone


class Entity(models.Model):
    """A place where people chat, claimed by a community; `proven` when its owner said so."""

    community = models.ForeignKey("identity.Community", on_delete=models.CASCADE, related_name="+")
    platform = models.CharField(max_length=30)
    server_id = models.CharField(max_length=100)
    channel_id = models.CharField(max_length=100, blank=True)
    is_proven = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "entities"
        verbose_name_plural = "entities"
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "server_id", "channel_id"], name="one_community_per_entity"
            )
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        parts = (self.platform, self.server_id, self.channel_id)
        return "+".join(parts if self.channel_id else parts[:2])
