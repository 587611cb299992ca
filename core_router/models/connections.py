"""Places of platforms that have let the bot in."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class Connection(models.Model):
    """A channel, server or workspace whose owner has let the bot in.

    `sealed` is the token of a workspace; a channel's is lent to the community (identity), a
    server has none. `facts` is what was found when it was last looked at. `due_at` is when it is
    looked at again.
    """

    community = models.ForeignKey("identity.Community", on_delete=models.CASCADE, related_name="+")
    platform = models.CharField(max_length=30)
    server_id = models.CharField(max_length=100)
    account_id = models.CharField(max_length=100)
    name = models.CharField(max_length=100, blank=True)
    scopes = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    sealed = models.BinaryField(null=True)
    state = models.CharField(max_length=10, default="active")
    detail = models.CharField(max_length=300, blank=True)
    facts = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "connections"
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "account_id"], name="one_connection_per_place"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["active", "broken"]),
                name="connection_state_is_known",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="connections_due")]

    def __str__(self) -> str:
        return f"{self.platform}:{self.name or self.account_id}"
