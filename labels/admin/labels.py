"""Labels themselves, and how many there may be."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from labels.data import Kind
from labels.models import Label, LabelParent, LabelSettings
from labels.operations.labels import LabelWish, add_label, change_label, remove_label
from labels.operations.quotas import FIELDS, set_quotas
from waddlebot.lib.staff import ByOperations, actor_in

WISHED = ("name", "color", "icon", "description", "exclusive", "grants")


class LabelForm(forms.ModelForm):  # type: ignore[type-arg]
    confirm = forms.BooleanField(
        required=False, help_text="Yes, also when commands lose it or people lose a label."
    )

    class Meta:
        model = Label
        fields = ["community", "kind", *WISHED]


class ParentInline(admin.TabularInline):  # type: ignore[type-arg]
    """Whoever holds the label holds these with it."""

    model = LabelParent
    fk_name = "label"
    fields = ["parent"]
    verbose_name = "parent"

    def has_add_permission(self, *_: Any) -> bool:
        return False

    def has_change_permission(self, *_: Any) -> bool:
        return False

    def has_delete_permission(self, *_: Any) -> bool:
        return False


@admin.register(Label)
class LabelAdmin(ByOperations):
    """A label without a community is one of the system's, named `waddlebot/…`."""

    form = LabelForm
    inlines = [ParentInline]
    list_display = ["name", "kind", "community", "exclusive", "deleted_at"]
    list_filter = ["kind", "is_system", "exclusive", ("deleted_at", admin.EmptyFieldListFilter)]
    list_select_related = ["community"]
    search_fields = ["name", "community__slug"]
    autocomplete_fields = ["community"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        times = ["created_at", "updated_at", "deleted_at"]
        return times if obj is None else ["community", "kind", *times]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or obj.deleted_at is None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        given, actor, now = form.cleaned_data, actor_in(request), timezone.now()
        if change:
            change_label(
                label_id=obj.pk,
                changes={name: given[name] for name in form.changed_data if name in WISHED},
                confirm=form.initial["name"] if given["confirm"] else "",
                actor=actor,
                now=now,
            )
        else:
            wish = LabelWish(kind=Kind(obj.kind), **{name: given[name] for name in WISHED})
            row = add_label(community_id=obj.community_id, wish=wish, actor=actor, now=now)
            obj.pk = row.pk

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Remove it; Django's page has asked whether that is meant."""
        remove_label(
            label_id=obj.pk, confirm=obj.name, actor=actor_in(request), now=timezone.now()
        )

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Label]") -> None:
        for row in queryset.filter(deleted_at=None):
            self.delete_model(request, row)


@admin.register(LabelSettings)
class LabelSettingsAdmin(ByOperations):
    list_display = ["community", *FIELDS]
    list_select_related = ["community"]
    search_fields = ["community__slug"]
    autocomplete_fields = ["community"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if obj is None else ["community"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        changes = {name: getattr(obj, name) for name in FIELDS}
        self._set(request, obj, changes)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Have the usual numbers again."""
        self._set(request, obj, dict.fromkeys(FIELDS))

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for row in queryset:
            self.delete_model(request, row)

    def _set(self, request: HttpRequest, row: Any, changes: dict[str, int | None]) -> None:
        set_quotas(
            community_id=row.community_id,
            changes=changes,
            actor=actor_in(request),
            now=timezone.now(),
        )
