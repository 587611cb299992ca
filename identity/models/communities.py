"""Communities, who is what in them, and what that earned them."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from identity.data import Role
from identity.models.people import User
from waddlebot.lib.ids import new_id

ROLE_CHOICES = [(role.value, role.word) for role in Role]


class Community(models.Model):
    """The tenant: every row that belongs to a community carries it."""

    name = models.CharField(max_length=100)
    slug = models.CharField(max_length=50, unique=True)
    description = models.CharField(max_length=500, blank=True)
    require_owner_mfa = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "communities"
        verbose_name_plural = "communities"
        constraints = [
            # A slug of digits alone would be taken for an id in a URL.
            models.CheckConstraint(
                condition=Q(slug__regex=r"^[a-z0-9][a-z0-9-]*$") & Q(slug__regex=r"[a-z]"),
                name="slug_is_lower_case_words_with_a_letter",
            )
        ]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of_members(self) -> Self:
        return self.filter(role__gte=Role.MEMBER)


class Membership(models.Model):
    """Somebody's place in a community. With the role NONE they were only seen there."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    role = models.PositiveSmallIntegerField(choices=ROLE_CHOICES, default=Role.MEMBER)
    joined_at = models.DateTimeField(default=timezone.now)
    reputation = models.BigIntegerField(default=0, db_default=0)
    # Chat lines and slash commands: what their days add up to.
    messages = models.BigIntegerField(default=0, db_default=0)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        db_table = "memberships"
        constraints = [
            models.UniqueConstraint(
                fields=["community", "user"], name="one_membership_per_community"
            ),
            models.CheckConstraint(
                condition=Q(role__gte=Role.NONE, role__lte=Role.OWNER), name="role_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["community", "-reputation"], name="members_by_reputation"),
            # Most people of a community were only seen in it.
            models.Index(
                fields=["community", "role", "user"],
                condition=Q(role__gt=Role.NONE),
                name="members_by_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.community_id}"


class ReputationRule(models.Model):
    """What a message type earns in a community, when it is not what it earns elsewhere."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE)
    message_type = models.CharField(max_length=30)
    points = models.IntegerField()

    class Meta:
        db_table = "reputation_rules"
        constraints = [
            models.UniqueConstraint(
                fields=["community", "message_type"], name="one_reputation_rule_per_type"
            )
        ]

    def __str__(self) -> str:
        return f"{self.message_type}: {self.points}"


class ReputationDay(models.Model):
    """What somebody earned in a community on one day, by one kind of event."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    day = models.DateField()
    reason = models.CharField(max_length=30)
    events = models.PositiveIntegerField(default=0)
    points = models.BigIntegerField(default=0)

    class Meta:
        db_table = "reputation_days"
        constraints = [
            models.UniqueConstraint(
                fields=["community", "user", "day", "reason"],
                name="one_reputation_row_a_day_and_reason",
            )
        ]
        indexes = [
            models.Index(
                fields=["community", "-day"],
                condition=Q(reason__in=["stream_online", "stream_offline"]),
                name="days_with_streams",
            )
        ]

    def __str__(self) -> str:
        return f"{self.points} of {self.user_id} on {self.day}"


class SubscriberSighting(models.Model):
    """The last day on which somebody was seen as a subscriber of a community's on a platform."""

    community = models.ForeignKey(Community, on_delete=models.CASCADE, db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    platform = models.CharField(max_length=30)
    seen_on = models.DateField()

    class Meta:
        db_table = "subscriber_sightings"
        constraints = [
            models.UniqueConstraint(
                fields=["community", "user", "platform"],
                name="one_subscriber_sighting_per_platform",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.community_id} on {self.platform}"


class ReputationFlush(models.Model):
    """A batch of points that was applied; the same batch again changes nothing."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "reputation_flushes"

    def __str__(self) -> str:
        return str(self.id)
