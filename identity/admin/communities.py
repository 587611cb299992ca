"""Communities, and who is what in them."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone

from identity.data import Role
from identity.models import Community, Membership
from identity.operations import change_community, create_community, set_role
from waddlebot.lib.errors import DomainError
from waddlebot.lib.staff import actor_in


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
            facts["require_owner_mfa"] = obj.require_owner_mfa
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
    readonly_fields = ["reputation", "messages", "joined_at"]
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [
            "reputation",
            "messages",
            "joined_at",
            *(() if obj is None else ("user", "community")),
        ]

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
