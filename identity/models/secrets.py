"""API keys, codes and the requests that codes decide. Of no secret more than a hash."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from identity.models.communities import Community
from identity.models.people import IdentityLink, User
from waddlebot.lib.ids import new_id


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
    last_used_ip = models.GenericIPAddressField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField(max_length=20, blank=True, default="", db_default="")
    reminded_days = models.PositiveSmallIntegerField(null=True, blank=True)
    replaced_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True)

    class Meta:
        db_table = "api_keys"
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=Q(revoked_at=None, replaced_by=None),
                name="keys_that_end",
            ),
            models.Index(
                fields=["revoked_at"], condition=Q(revoked_because="leaked"), name="leaked_keys"
            ),
        ]

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


class LinkRequest(models.Model):
    """Somebody asked to link a platform account. It ends as one of the states after `confirming`.

    `platform_username` is whom it is meant for, empty for whoever types the code;
    `platform_user_id` is who typed it, or to whom it was sent. Its id is what clients know the
    linked account by from then on, so each linked account has one that is `verified`.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        CONFIRMING = "confirming"
        VERIFIED = "verified"
        EXPIRED = "expired"
        BURNED = "burned"
        CANCELLED = "cancelled"

    class Method(models.TextChoices):
        CHAT = "chat"
        DM = "dm"
        OAUTH = "oauth"

    class Delivery(models.TextChoices):
        NONE = ""
        QUEUED = "queued"
        SENT = "sent"
        FAILED = "delivery_failed"
        NOT_SUPPORTED = "not_supported"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    platform = models.CharField(max_length=30)
    platform_username = models.CharField(max_length=100, blank=True)
    platform_user_id = models.CharField(max_length=100, blank=True)
    display_name = models.CharField(max_length=100, blank=True)
    method = models.CharField(max_length=10, choices=Method)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    code_hash = models.BinaryField(max_length=32, null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    delivery = models.CharField(max_length=20, choices=Delivery, blank=True, default="")
    delivery_detail = models.CharField(max_length=200, blank=True)
    delivery_attempts = models.PositiveSmallIntegerField(default=0)
    deliver_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    link = models.ForeignKey(IdentityLink, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "link_requests"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "platform"],
                condition=Q(state__in=["pending", "confirming"]),
                name="one_live_link_request_per_platform",
            ),
            models.UniqueConstraint(
                fields=["platform", "code_hash"],
                condition=Q(state="pending"),
                name="a_live_code_names_one_request",
            ),
            models.UniqueConstraint(
                fields=["link"], condition=Q(state="verified"), name="an_account_has_one_link_id"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "created_at"], name="link_requests_of_a_user"),
            models.Index(
                fields=["platform", "platform_user_id"],
                condition=Q(state="confirming"),
                name="link_requests_to_confirm",
            ),
            models.Index(
                fields=["deliver_at"], condition=Q(delivery="queued"), name="codes_to_deliver"
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(state__in=["pending", "confirming"]),
                name="link_requests_that_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.platform} for {self.user_id}"

    def state_at(self, now: datetime) -> str:
        if self.state == self.State.VERIFIED and self.link_id is None:
            return self.State.CANCELLED.value  # It was unlinked.
        is_over = self.expires_at <= now and self.state in {"pending", "confirming"}
        return str(self.State.EXPIRED if is_over else self.state)


class CodeAttempt(models.Model):
    """A code that somebody asked for, or a wrong one that was typed, for the limits on both.

    Counted by a keyed hash of who and what, so that it names nobody.
    """

    subject_hash = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "code_attempts"
        indexes = [models.Index(fields=["subject_hash", "created_at"], name="codes_of_somebody")]

    def __str__(self) -> str:
        return f"code at {self.created_at:%Y-%m-%d %H:%M}"
