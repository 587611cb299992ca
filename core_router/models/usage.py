"""How often commands are used, how often they fail, and how long they take."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class CommandUsage(models.Model):
    """What ended of one command on one day (UTC); `times` counts between the TIMES_MS of data."""

    community = models.ForeignKey(
        "identity.Community", on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    day = models.DateField()
    command_id = models.BigIntegerField()
    command = models.CharField(max_length=50)
    engine = models.CharField(max_length=20)
    module = models.CharField(max_length=60, blank=True)
    version = models.CharField(max_length=30, blank=True)
    calls = models.BigIntegerField()
    errors = models.BigIntegerField()
    total_ms = models.FloatField()
    times = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "command_usage"
        verbose_name_plural = "command usage"
        constraints = [
            # Also finds the days of a community.
            models.UniqueConstraint(
                fields=[
                    "community",
                    "day",
                    "command_id",
                    "command",
                    "engine",
                    "module",
                    "version",
                ],
                name="usage_is_counted_in_one_row",
            )
        ]

    def __str__(self) -> str:
        return f"{self.command} on {self.day}"


class UsageMark(models.Model):
    """One row: every execution with an id up to `counted_to` has been counted, or is late."""

    counted_to = models.UUIDField()

    class Meta:
        db_table = "usage_marks"

    def __str__(self) -> str:
        return str(self.counted_to)


class LateExecution(models.Model):
    """An execution that ended when those of its time may have been counted; gone when it is."""

    id = models.UUIDField(primary_key=True, editable=False)

    class Meta:
        db_table = "late_executions"

    def __str__(self) -> str:
        return str(self.id)
