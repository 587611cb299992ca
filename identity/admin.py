"""Identity, for staff. No secret and no hash of one is ever shown."""

from functools import cached_property
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from identity.data import KeyEnd, Role
from identity.models import (
    ApiKey,
    AuditEvent,
    Community,
    IdentityLink,
    Membership,
    User,
    VerificationCode,
)
from identity.operations import (
    KeyInactiveError,
    change_community,
    create_community,
    forget_user,
    revoke_key,
    set_role,
)
from waddlebot.lib.errors import DomainError
from waddlebot.lib.ids import moment_of

MOST_ROWS = 10_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than staff may leaf; older rows are found by search and filters."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[:MOST_ROWS].count()


def actor_in(request: HttpRequest) -> str:
    return f"user:{request.user.pk}"


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """To look at; what changes it goes through identity's operations."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    list_display = ["username", "display_name", "is_staged", "is_staff", "is_active"]
    list_filter = ["is_staged", "is_staff", "is_active"]
    search_fields = ["username", "display_name", "public_id"]
    readonly_fields = ["public_id", "last_login", "date_joined", "secret"]
    fieldsets = [
        (None, {"fields": ["username", "secret", "public_id"]}),
        ("Person", {"fields": ["display_name", "email", "is_staged"]}),
        ("May", {"fields": ["is_active", "is_staff", "is_superuser", "groups"]}),
        ("When", {"fields": ["last_login", "date_joined"]}),
    ]
    show_full_result_count = False

    @admin.display(description="Password")
    def secret(self, user: User) -> str:
        """Stand in for Django's field, which shows the beginning of the hash."""
        link = '<a href="../password/">Set another one</a>'
        return format_html("{} " + link, "Set." if user.has_usable_password() else "None.")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An account is closed, not deleted: what it did stays on the record."""
        return False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        super().save_related(request, form, formsets, change)
        forget_user(form.instance.pk)


@admin.register(Community)
class CommunityAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "slug", "created_at"]
    search_fields = ["name", "slug"]
    readonly_fields = ["created_at"]
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        actor, now = actor_in(request), timezone.now()
        facts = {name: getattr(obj, name) for name in ("name", "slug", "description")}
        if change:
            change_community(community_id=obj.pk, changes=facts, actor=actor, now=now)
        else:
            owner_id = int(request.user.pk or 0)
            made = create_community(owner_id=owner_id, actor=actor, now=now, **facts)
            obj.pk = made.id

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["user", "community", "role", "joined_at"]
    list_filter = ["role"]
    list_select_related = ["user", "community"]
    search_fields = ["user__username", "user__display_name", "community__slug"]
    autocomplete_fields = ["user", "community"]
    readonly_fields = ["reputation", "joined_at"]
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["reputation", "joined_at", *(() if obj is None else ("user", "community"))]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        _set_role(request, obj, Role(obj.role))
        obj.pk = Membership.objects.get(community=obj.community, user=obj.user).pk

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        _set_role(request, obj, Role.NONE)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for membership in queryset:
            _set_role(request, membership, Role.NONE)


def _set_role(request: HttpRequest, membership: Membership, role: Role) -> None:
    try:
        set_role(
            community_id=membership.community_id,
            user_id=membership.user_id,
            role=role,
            actor=actor_in(request),
            now=timezone.now(),
        )
    except DomainError as refusal:
        messages.error(request, refusal.detail)


@admin.register(IdentityLink)
class IdentityLinkAdmin(ReadOnly):
    list_display = ["platform", "platform_username", "user", "verified_at"]
    list_filter = ["platform"]
    list_select_related = ["user"]
    search_fields = ["platform_user_id", "platform_username", "display_name"]
    show_full_result_count = False


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["__str__", "name", "user", "community", "expires_at", "last_used_at"]
    list_select_related = ["user", "community"]
    search_fields = ["key_id", "name", "user__username"]
    actions = ["revoke"]
    exclude = ["secret_sha256"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [
            "key_id", "name", "user", "community", "platform", "scopes", "allowed_ips",
            "created_at", "expires_at", "last_used_at", "revoked_at", "replaced_by",
        ]  # fmt: skip

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        forget_user(obj.user_id)

    @admin.action(description="Revoke the selected keys")
    def revoke(self, request: HttpRequest, queryset: "QuerySet[ApiKey]") -> None:
        revoked = 0
        for key in queryset:
            try:
                revoke_key(
                    pk=key.pk, because=KeyEnd.STAFF, actor=actor_in(request), now=timezone.now()
                )
                revoked += 1
            except KeyInactiveError:
                continue
        self.message_user(request, f"{revoked} keys revoked.")


@admin.register(VerificationCode)
class VerificationCodeAdmin(ReadOnly):
    list_display = ["purpose", "user", "created_at", "expires_at", "used_at"]
    list_select_related = ["user"]
    exclude = ["code_hash"]
    show_full_result_count = False


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly):
    list_display = ["at", "category", "action", "outcome", "actor", "target"]
    list_filter = ["category", "outcome"]
    search_fields = ["=actor", "=target", "=action"]
    ordering = ["-id"]
    list_per_page = 50
    paginator = BoundedPaginator
    show_full_result_count = False
    exclude = ["hash", "previous_hash"]

    @admin.display(description="When", ordering="id")
    def at(self, event: AuditEvent) -> str:
        return f"{moment_of(event.pk):%Y-%m-%d %H:%M:%S}"
