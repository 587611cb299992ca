"""What a community answers to, and what ran."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core_router.models.engines import Engine
from waddlebot.lib.ids import new_id


class Command(models.Model):
    """What a community answers to a name: a text, a built-in module, or an engine outside."""

    community = models.ForeignKey("identity.Community", on_delete=models.CASCADE, related_name="+")
    prefix = models.CharField(max_length=1, default="!")
    name = models.CharField(max_length=50)
    description = models.CharField(max_length=200, blank=True)
    response = models.CharField(max_length=2000, blank=True)
    module = models.CharField(max_length=50, blank=True)
    engine = models.OneToOneField(
        Engine, on_delete=models.CASCADE, null=True, blank=True, related_name="command"
    )
    enabled = models.BooleanField(default=True)
    min_role = models.CharField(max_length=10, blank=True)
    any_label = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    platform_roles = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    platforms = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    entities = ArrayField(models.CharField(max_length=240), default=list, blank=True)
    cooldown_user_s = models.FloatField(default=0)
    cooldown_channel_s = models.FloatField(default=0)
    limit_count = models.PositiveIntegerField(null=True, blank=True)
    limit_window_s = models.PositiveIntegerField(null=True, blank=True)
    uses = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "commands"
        constraints = [
            models.CheckConstraint(
                condition=(~Q(response="") & Q(module="", engine=None))
                | (~Q(module="") & Q(response="", engine=None))
                | Q(response="", module="", engine__isnull=False),
                name="a_command_has_one_way_to_answer",
            ),
            models.CheckConstraint(condition=Q(prefix__in=["!", "#"]), name="prefix_is_known"),
            models.CheckConstraint(
                condition=Q(limit_count=None, limit_window_s=None)
                | Q(limit_count__gte=1, limit_window_s__gte=1),
                name="a_rate_limit_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(cooldown_user_s__gte=0, cooldown_channel_s__gte=0),
                name="cooldowns_are_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}{self.name}"


class CommandName(models.Model):
    """Every word that calls a command, its name and its aliases; one owner a word."""

    community = models.ForeignKey("identity.Community", on_delete=models.CASCADE, related_name="+")
    command = models.ForeignKey(Command, on_delete=models.CASCADE, related_name="names")
    prefix = models.CharField(max_length=1)
    word = models.CharField(max_length=50)

    class Meta:
        db_table = "command_names"
        constraints = [
            models.UniqueConstraint(
                fields=["community", "prefix", "word"], name="one_command_per_word"
            )
        ]

    def __str__(self) -> str:
        return f"{self.prefix}{self.word}"


class RateLimit(models.Model):
    """How often all commands of a community together may be used, by one person or anywhere."""

    community = models.ForeignKey("identity.Community", on_delete=models.CASCADE, related_name="+")
    scope = models.CharField(max_length=10)
    count = models.PositiveIntegerField()
    window_s = models.PositiveIntegerField()
    min_role = models.CharField(max_length=10, blank=True)
    any_label = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "rate_limits"
        constraints = [
            models.UniqueConstraint(fields=["community", "scope"], name="one_limit_per_scope"),
            models.CheckConstraint(
                condition=Q(scope__in=["user", "channel", "community"]),
                name="limit_scope_is_known",
            ),
            models.CheckConstraint(
                condition=Q(count__gte=1, window_s__gte=1), name="a_limit_lets_something_through"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} in {self.window_s} s a {self.scope}"


class CommunityModule(models.Model):
    """A built-in module a community has been given; its commands are not given twice."""

    community = models.ForeignKey("identity.Community", on_delete=models.CASCADE, related_name="+")
    slug = models.CharField(max_length=50)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "community_modules"
        constraints = [
            models.UniqueConstraint(fields=["community", "slug"], name="a_module_is_given_once")
        ]

    def __str__(self) -> str:
        return f"{self.slug} in {self.community_id}"


class CommandExecution(models.Model):
    """A command that ran. Written before the answer; partitioned by month of its id."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    session_id = models.UUIDField()
    community_id = models.BigIntegerField()
    command_id = models.BigIntegerField()
    command = models.CharField(max_length=50)
    engine = models.CharField(max_length=20)
    module = models.CharField(max_length=60, blank=True, default="", db_default="")
    version = models.CharField(max_length=30, blank=True, default="", db_default="")
    user_id = models.BigIntegerField()
    entity = models.CharField(max_length=240)
    event_id = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10)
    reason = models.CharField(max_length=50, blank=True)
    # Why it failed, in words for whoever wrote the module.
    detail = models.CharField(max_length=300, blank=True, default="", db_default="")
    duration_ms = models.FloatField(default=0)

    class Meta:
        db_table = "command_executions"
        indexes = [models.Index(fields=["community_id", "-id"], name="executions_of_a_community")]

    def __str__(self) -> str:
        return f"{self.command} {self.id}"


class Counter(models.Model):
    """A number a community keeps, like deaths; texts read it as `${counter:deaths}`."""

    community = models.ForeignKey("identity.Community", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=50)
    value = models.BigIntegerField(default=0)

    class Meta:
        db_table = "counters"
        constraints = [
            models.UniqueConstraint(fields=["community", "name"], name="one_counter_per_name")
        ]

    def __str__(self) -> str:
        return self.name
