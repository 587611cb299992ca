"""When what is known of a community's labels is out of date."""

from uuid import UUID

from django.contrib.postgres.functions import RandomUUID
from django.db import models


class LabelVersion(models.Model):
    """Another one whenever a community's labels change, or who holds them; without a community,
    the system's. It changes with them, in their transaction, so whoever compares is never misled.
    """

    community = models.ForeignKey(
        "identity.Community",
        on_delete=models.CASCADE,
        null=True,
        # One that is being closed is gone already when the rest is told.
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    version: "models.UUIDField[UUID, UUID]" = models.UUIDField(db_default=RandomUUID())

    class Meta:
        db_table = "label_versions"
        constraints = [
            models.UniqueConstraint(
                fields=["community"], nulls_distinct=False, name="one_version_per_community"
            )
        ]

    def __str__(self) -> str:
        return f"{self.version} of {self.community_id}"
