"""People, and the accounts they are known by."""

from typing import Any, Final

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from identity.models import IdentityLink, User
from identity.operations import forget_user, record
from identity.operations.second_factors import take_away_codes
from waddlebot.lib.staff import ReadOnly, actor_in

POWERS: Final = ("is_active", "is_staff", "is_superuser", "is_staged")


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
    actions = ["take_codes_away"]

    @admin.action(description="Take away their authenticator app and recovery codes")
    def take_codes_away(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            take_away_codes(user_id=user.pk, actor=actor_in(request), now=timezone.now())

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
        before = {name: form.initial.get(name) for name in POWERS} if change else {}
        after = {name: getattr(form.instance, name) for name in POWERS}
        details = {"before": before, "after": after, "fields": form.changed_data}
        _record("account_changed" if change else "account_made", request, form.instance, details)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        # The only place that Django's own page for passwords passes.
        if "password1" in request.POST:
            _record("password_set", request, obj, {})
        return super().log_change(request, obj, message)


def _record(action: str, request: HttpRequest, user: User, details: dict[str, Any]) -> None:
    """Tell what a person may do, and of the rest only which fields were touched."""
    record(
        category="audit",
        action=action,
        actor=actor_in(request),
        target=f"user:{user.pk}",
        details=details,
        now=timezone.now(),
    )


@admin.register(IdentityLink)
class IdentityLinkAdmin(ReadOnly):
    list_display = ["platform", "platform_username", "user", "verified_at"]
    list_filter = ["platform"]
    list_select_related = ["user"]
    search_fields = ["platform_user_id", "platform_username", "display_name"]
    show_full_result_count = False
