"""Which collector listens to which entity."""

from typing import Final

from django.db import models
from django.db.models import Q

from core_router.models.places import Entity

USUAL_PRIORITY: Final = 100


class Collector(models.Model):
    """A collector, on one platform, as those who have the same key rights know it.

    All it holds ends with `expires_at`. `held` is what it held when it was last heard of, `wants`
    how much more it had asked for in vain at `asked_at`.
    """

    # None: a collector shared by all communities.
    community = models.ForeignKey(
        "identity.Community", on_delete=models.CASCADE, null=True, db_index=False, related_name="+"
    )
    name = models.CharField(max_length=100)
    platform = models.CharField(max_length=30)
    expires_at = models.DateTimeField()
    held = models.PositiveIntegerField(default=0)
    wants = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "collectors"
        constraints = [
            models.UniqueConstraint(
                fields=["community", "name", "platform"],
                nulls_distinct=False,
                name="one_collector_a_platform",
            )
        ]
        indexes = [models.Index(fields=["expires_at"], name="collectors_that_end")]

    def __str__(self) -> str:
        return f"{self.name} on {self.platform}"


class CollectorLease(models.Model):
    """Who listens to one entity. PostgreSQL itself makes it with the entity, and takes it along.

    What it knows of its entity, so that one index serves a claim, PostgreSQL keeps true as well.
    A lease whose holder is gone is free; one that was given up is free from `free_from`.
    `priority` 1 comes first.
    """

    entity = models.OneToOneField(
        Entity, on_delete=models.CASCADE, primary_key=True, related_name="lease"
    )
    key = models.CharField(max_length=240)
    community = models.ForeignKey(
        "identity.Community", on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    platform = models.CharField(max_length=30)
    is_proven = models.BooleanField()
    priority = models.PositiveSmallIntegerField(default=USUAL_PRIORITY, db_default=USUAL_PRIORITY)
    holder = models.ForeignKey(
        Collector, on_delete=models.SET_NULL, null=True, related_name="leases"
    )
    free_from = models.DateTimeField(null=True)
    is_live = models.BooleanField(default=False, db_default=False)
    viewer_count = models.PositiveIntegerField(null=True)
    error = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        db_table = "collector_leases"
        indexes = [
            models.Index(
                fields=["platform", "-is_live", "priority", "entity"],
                condition=Q(holder=None, is_proven=True),
                name="leases_free_for_all",
            ),
            models.Index(fields=["community", "platform"], name="leases_of_a_community"),
        ]

    def __str__(self) -> str:
        return self.key
