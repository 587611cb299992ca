"""Who somebody is and where they belong."""

from typing import ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from identity.data import Role
from waddlebot.lib.ids import new_id, random_base62

ROLE_CHOICES = [(role.value, role.word) for role in Role]


def new_public_id() -> str:
    return f"u_{random_base62(22)}"


class User(AbstractUser):
    """A person. A *staged* one was only seen in chat: no login, and no verified link yet."""

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    display_name = models.CharField(max_length=100, blank=True)
    is_staged = models.BooleanField(default=False)

    objects: ClassVar[UserManager[Self]] = UserManager()

    class Meta:
        db_table = "auth_user"

    def __str__(self) -> str:
        return self.display_name or self.username


class Community(models.Model):
    """The tenant: every row that belongs to a community carries it."""

    name = models.CharField(max_length=100)
    slug = models.CharField(max_length=50, unique=True)
    description = models.CharField(max_length=500, blank=True)
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

    def __str__(self) -> str:
        return f"{self.user_id} in {self.community_id}"


class IdentityLink(models.Model):
    """A platform account and the person behind it; unverified ones were only seen in chat."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    platform = models.CharField(max_length=30)
    platform_user_id = models.CharField(max_length=100)
    platform_username = models.CharField(max_length=100)
    display_name = models.CharField(max_length=100, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "identity_links"
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "platform_user_id"], name="one_owner_per_platform_account"
            )
        ]

    def __str__(self) -> str:
        return f"{self.platform}:{self.platform_username}"


class ApiKey(models.Model):
    """Only the SHA-256 of the secret is here; the full key is shown once (contract 1)."""

    key_id = models.CharField(max_length=12, unique=True)
    secret_sha256 = models.BinaryField(max_length=32)
    name = models.CharField(max_length=100)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    community = models.ForeignKey(Community, on_delete=models.CASCADE, null=True, blank=True)
    platform = models.CharField(max_length=30, blank=True)
    scopes = ArrayField(models.CharField(max_length=30))
    allowed_ips = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    requests_per_minute = models.PositiveIntegerField(default=6000)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    replaced_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True)

    class Meta:
        db_table = "api_keys"

    def __str__(self) -> str:
        return f"wb_{self.key_id}"


class VerificationCode(models.Model):
    """A secret that proves something once, within its time. Only its keyed hash is here."""

    purpose = models.CharField(max_length=20)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    code_hash = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "verification_codes"
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "code_hash"], name="a_code_proves_one_thing"
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.user_id}"


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
        indexes = [models.Index(fields=["community_id", "-id"], name="audit_of_a_community")]

    def __str__(self) -> str:
        return f"{self.action} {self.id}"
