"""Labels, for staff."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from labels.models import Label, UserLabel
from labels.operations.announcing import forget_community
from labels.operations.assigning import give, take

KEPT = [
    "community", "exclusive_scope", "source", "source_ref", "reason", "given_at", "given_by",
    "valid_from", "ended_at", "ended_by", "ended_because",
]  # fmt: skip


@admin.register(Label)
class LabelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    fields = ["community", "name", "description", "created_at"]
    list_display = ["name", "community", "description"]
    list_filter = ["community"]
    list_select_related = ["community"]
    search_fields = ["name"]
    autocomplete_fields = ["community"]
    readonly_fields = ["created_at"]
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        forget_community(obj.community_id)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        forget_community(obj.community_id)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        communities = set(queryset.values_list("community_id", flat=True))
        super().delete_queryset(request, queryset)
        for community_id in communities:
            forget_community(community_id)


@admin.register(UserLabel)
class UserLabelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["label", "user", "given_at", "valid_until"]
    list_select_related = ["label", "user"]
    search_fields = ["label__name", "user__username", "user__display_name"]
    autocomplete_fields = ["label", "user"]
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return KEPT if obj is None else ["label", "user", *KEPT]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        give(**_whose(obj), valid_until=obj.valid_until, actor=f"user:{request.user.pk}")
        obj.pk = UserLabel.objects.get(label=obj.label, user=obj.user, ended_at=None).pk

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        take(**_whose(obj), actor=f"user:{request.user.pk}")

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for held in queryset.select_related("label"):
            self.delete_model(request, held)


def _whose(held: UserLabel) -> dict[str, Any]:
    label = held.label
    return {"community_id": label.community_id, "name": label.name, "user_id": held.user_id}
