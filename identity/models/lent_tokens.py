"""Tokens of platforms that communities have lent."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from identity.models.communities import Community


class LentToken(models.Model):
    """What the bot does on a platform with the leave of an account of the community's own.

    `sealed` is the token and what renews it. It is shown to nobody, not even to who lent it.
    """

    community = models.ForeignKey(Community, on_delete=models.CASCADE)
    platform = models.CharField(max_length=30)
    account_id = models.CharField(max_length=100)
    account_name = models.CharField(max_length=100, blank=True)
    scopes = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    sealed = models.BinaryField()
    lent_by = models.CharField(max_length=60)
    created_at = models.DateTimeField(default=timezone.now)
    renewed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "lent_tokens"
        constraints = [
            models.UniqueConstraint(
                fields=["community", "platform", "account_id"], name="an_account_lends_one_token"
            )
        ]
        indexes = [models.Index(fields=["platform", "account_id"], name="tokens_by_account")]

    def __str__(self) -> str:
        return f"{self.platform}:{self.account_name or self.account_id}"
