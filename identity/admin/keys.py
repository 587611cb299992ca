"""API keys, codes and lent tokens; of none its secret."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from identity.data import KeyEnd
from identity.models import ApiKey, LentToken, VerificationCode
from identity.operations import KeyInactiveError, forget_user, record, revoke_key
from waddlebot.lib.staff import ReadOnly, actor_in


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
            "created_at", "expires_at", "last_used_at", "last_used_ip",
            "revoked_at", "revoked_because", "reminded_days", "replaced_by",
        ]  # fmt: skip

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        forget_user(obj.user_id)
        record(
            category="audit",
            action="key_changed",
            actor=actor_in(request),
            community_id=obj.community_id,
            target=f"key:{obj.key_id}",
            details={
                "before": {name: form.initial[name] for name in form.changed_data},
                "after": {name: getattr(obj, name) for name in form.changed_data},
            },
            now=timezone.now(),
        )

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


@admin.register(LentToken)
class LentTokenAdmin(ReadOnly):
    list_display = ["__str__", "community", "created_at", "renewed_at"]
    list_select_related = ["community"]
    exclude = ["sealed"]
    show_full_result_count = False
