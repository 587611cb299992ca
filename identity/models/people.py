"""People, and the platform accounts they are known by."""

from typing import ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone

from waddlebot.lib.ids import random_base62


def new_public_id() -> str:
    return f"u_{random_base62(22)}"


class User(AbstractUser):
    """A person. A *staged* one was only seen in chat: no login, and no verified link yet.

    One that was merged answers as an alias of the one it was merged into; of one that was erased
    only the number is left.
    """

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    display_name = models.CharField(max_length=100, blank=True)
    is_staged = models.BooleanField(default=False)
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    erased_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[UserManager[Self]] = UserManager()

    class Meta:
        db_table = "auth_user"
        indexes = [
            # As they are asked for at sign-in, among all who were only seen in chat.
            models.Index(Upper("username"), name="people_by_any_case_of_name"),
            models.Index(fields=["email"], condition=Q(email__gt=""), name="people_by_email"),
            GinIndex(
                OpClass(Upper("display_name"), name="gin_trgm_ops"), name="people_by_part_of_name"
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username


class IdentityLink(models.Model):
    """A platform account and the person behind it; unverified ones were only seen in chat."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    platform = models.CharField(max_length=30)
    platform_user_id = models.CharField(max_length=100)
    platform_username = models.CharField(max_length=100)
    display_name = models.CharField(max_length=100, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    method = models.CharField(max_length=10, blank=True, db_default="", default="")
    created_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "identity_links"
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "platform_user_id"], name="one_owner_per_platform_account"
            )
        ]
        indexes = [
            models.Index(fields=["platform", "platform_username"], name="accounts_by_name"),
            models.Index(
                fields=["last_seen_at"],
                condition=Q(verified_at=None),
                name="staged_accounts_last_seen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.platform}:{self.platform_username}"
