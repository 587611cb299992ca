"""Labels themselves: words, what they look like and what they permit."""

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from labels.data import Kind

KINDS = [(kind.value, kind.value) for kind in Kind]


class LabelQuerySet(models.QuerySet["Label"]):
    def alive(self) -> Self:
        return self.filter(deleted_at=None)


class Label(models.Model):
    """A word for one kind of object, of a community or, as a system label, of no one.

    `scope` is what stands before the last slash of the name. A label that was removed stays, so
    that it can be told who held it; its name is free again at once.
    """

    community = models.ForeignKey(
        "identity.Community", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=20, choices=KINDS, default=Kind.USER.value)
    name = models.CharField(max_length=50)
    scope = models.CharField(max_length=50, blank=True, editable=False)
    color = models.CharField(max_length=7, default="#64748b")
    icon = models.CharField(max_length=50, blank=True)
    description = models.CharField(max_length=200, blank=True)
    exclusive = models.BooleanField(default=False)
    grants = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    is_system = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_by = models.CharField(
        max_length=60, blank=True, default="", db_default="", editable=False
    )
    # Since when what is held is behind what this row says: see operations/labels/settling.py.
    unsettled_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = LabelQuerySet.as_manager()

    class Meta:
        db_table = "labels"
        constraints = [
            models.UniqueConstraint(
                fields=["community", "kind", "name"],
                condition=Q(deleted_at=None),
                nulls_distinct=False,
                name="one_label_per_kind_and_name",
            ),
            models.CheckConstraint(
                condition=Q(name__regex=r"^[^\s/][^\s]*$"), name="label_name_has_no_space"
            ),
            models.CheckConstraint(
                condition=Q(color__regex=r"^#[0-9a-f]{6}$"), name="label_color_is_six_hex_digits"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in Kind]), name="label_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(exclusive=False) | ~Q(scope=""), name="exclusive_labels_have_a_scope"
            ),
            models.CheckConstraint(
                condition=Q(is_system=True, community=None)
                | Q(is_system=False, community__isnull=False),
                name="system_labels_belong_to_no_community",
            ),
        ]
        indexes = [
            models.Index(
                fields=["unsettled_at"],
                condition=Q(unsettled_at__isnull=False),
                name="labels_to_settle",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.scope = scope_of(self.name)
        super().save(*args, **kwargs)

    @property
    def exclusive_scope(self) -> str:
        """The scope whose labels replace this one, or nothing."""
        return self.scope if self.exclusive else ""


def scope_of(name: str) -> str:
    """Return what stands before the last slash: `tier` of `tier/gold`."""
    return name.rpartition("/")[0]


class LabelParent(models.Model):
    """Whoever holds `label` holds `parent` with it. Operations refuse circles."""

    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="parent_links")
    parent = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="child_links")

    class Meta:
        db_table = "label_parents"
        constraints = [
            models.UniqueConstraint(fields=["label", "parent"], name="a_parent_is_named_once"),
            models.CheckConstraint(
                condition=~Q(label=models.F("parent")), name="no_label_is_its_own_parent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label_id} implies {self.parent_id}"


class LabelSettings(models.Model):
    """How many labels a community may have, and somebody in it, where it is not the usual."""

    community = models.OneToOneField(
        "identity.Community", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    max_labels = models.PositiveIntegerField(null=True, blank=True)
    max_per_object = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        db_table = "label_settings"
        verbose_name_plural = "label settings"

    def __str__(self) -> str:
        return f"of {self.community_id}"
