"""Roles on the platforms that follow from labels, and what became of each."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from labels.models.groups import EntityGroup
from labels.models.labels import Label


class RoleRule(models.Model):
    """Who is in the group and holds the label has the role on that server.

    `role` is Discord's role id, Slack's user group id, or `vip` or `moderator` on Twitch. One that
    was removed stays until what it gave is taken back.
    """

    group = models.ForeignKey(EntityGroup, on_delete=models.CASCADE, related_name="role_rules")
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="+")
    platform = models.CharField(max_length=30)
    server_id = models.CharField(max_length=100)
    role = models.CharField(max_length=100)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Everybody is looked at anew when this is over; set whenever the rule or its group changes.
    due_at = models.DateTimeField(default=timezone.now)
    looked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        db_table = "role_rules"
        constraints = [
            models.UniqueConstraint(
                fields=["group", "label", "platform", "server_id", "role"],
                condition=Q(deleted_at=None),
                name="a_role_follows_from_a_label_once",
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], name="role_rules_that_are_due"),
            models.Index(fields=["platform", "server_id", "role"], name="role_rules_by_role"),
        ]

    def __str__(self) -> str:
        return f"{self.label_id} is {self.role} on {self.platform}+{self.server_id}"


class RoleGrant(models.Model):
    """What a rule has done for one account, and what it has still to do.

    `given_by_us`: the platform did not have it before we gave it, or were about to. Nothing else
    is ever taken away. Of somebody who is erased, nothing is left but the account, sealed, until
    what we gave it is taken.
    """

    class State(models.TextChoices):
        TO_GRANT = "to_grant"
        GRANTED = "granted"
        GRANT_FAILED = "grant_failed"
        TO_REVOKE = "to_revoke"
        REVOKED = "revoked"
        REVOKE_FAILED = "revoke_failed"

    rule = models.ForeignKey(RoleRule, on_delete=models.CASCADE, related_name="grants")
    user = models.ForeignKey(
        "identity.User", on_delete=models.CASCADE, null=True, related_name="+"
    )
    platform_user_id = models.CharField(max_length=100)
    sealed = models.BinaryField(null=True, editable=False)
    state = models.CharField(max_length=15, choices=State, default=State.TO_GRANT)
    given_by_us = models.BooleanField(default=False)
    code = models.CharField(max_length=60, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # When it is done, or looked at again; what failed for good is not.
    due_at = models.DateTimeField(default=timezone.now, null=True)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "role_grants"
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "platform_user_id"], name="an_account_has_a_role_by_a_rule_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["to_grant", "to_revoke"]),
                name="roles_to_grant_or_revoke",
            ),
            models.Index(fields=["rule", "state"], name="role_grants_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} for {self.user_id}: {self.state}"
