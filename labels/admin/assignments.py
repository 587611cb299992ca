"""Who and what holds which label, and who held it."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from labels.data import Giver, Kind, Pin, Result, Status
from labels.models import Label, LabelSuppression, ObjectLabel, UserLabel
from labels.operations.assigning import assign, remove
from labels.operations.suppressions import lift_suppression
from waddlebot.lib.errors import InvalidError
from waddlebot.lib.staff import ByOperations, ReadOnly, actor_in

SPELL = ["source", "source_ref", "given_at", "given_by", "ended_at", "ended_by", "ended_because"]


class HeldAdmin(ByOperations):
    """What is open may be taken; a row that has ended stays as it is, as history."""

    holder: ClassVar[str]
    list_filter = ["source", ("ended_at", admin.EmptyFieldListFilter)]
    ordering = ["-id"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or obj.ended_at is None

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        pin = Pin(obj.label_id, getattr(obj, self.holder))
        _done(remove(**_deed(request, obj.label), pins=[pin]))

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        for row in queryset.filter(ended_at=None).select_related("label"):
            self.delete_model(request, row)


@admin.register(UserLabel)
class UserLabelAdmin(HeldAdmin):
    """Given anew, or with other dates, it is another row."""

    holder = "user_id"
    list_display = ["label", "user", "source", "given_at", "valid_until", "ended_at"]
    list_select_related = ["label", "user"]
    search_fields = ["=label__name", "=user__username", "=user__public_id"]
    autocomplete_fields = ["label", "user"]
    fields = ["label", "user", "valid_from", "valid_until", "reason", *SPELL]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return SPELL if obj is None else ["label", "user", *SPELL]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or obj.ended_at is None

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        pin = Pin(obj.label_id, obj.user_id, obj.valid_from, obj.valid_until, obj.reason)
        _done(assign(**_deed(request, obj.label), pins=[pin]))
        obj.pk = UserLabel.objects.get(label=obj.label_id, user=obj.user_id, ended_at=None).pk


@admin.register(ObjectLabel)
class ObjectLabelAdmin(HeldAdmin):
    """Communities', modules' and groups'. They are given over the API, which knows their names."""

    holder = "object_id"
    list_display = ["label", "kind", "object_id", "source", "given_at", "valid_until", "ended_at"]
    list_select_related = ["label"]
    search_fields = ["=label__name", "=object_id"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(LabelSuppression)
class SuppressionAdmin(ReadOnly):
    """Somebody took it by hand, so no rule gives it back until this is lifted."""

    list_display = ["label", "user", "created_at", "created_by"]
    list_select_related = ["label", "user"]
    search_fields = ["=label__name", "=user__username", "=user__public_id"]
    actions = ["lift"]

    @admin.action(description="Let rules give these labels again")
    def lift(self, request: HttpRequest, queryset: "QuerySet[LabelSuppression]") -> None:
        for row in queryset:
            lift_suppression(row_id=row.pk, actor=actor_in(request), now=timezone.now())


def _deed(request: HttpRequest, label: Label) -> dict[str, Any]:
    return {
        "community_id": label.community_id,
        "kind": Kind(label.kind),
        "giver": Giver(actor_in(request)),
        "now": timezone.now(),
    }


def _done(results: list[Result]) -> None:
    for result in results:
        if result.status is Status.ERROR:
            raise InvalidError(result.detail)
