"""Who and what holds which label, and who held it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from labels.data import Ended, Source
from labels.models.labels import KINDS, Label

SOURCES = [(source.value, source.value) for source in Source]
ENDS = [(ended.value, ended.value) for ended in Ended]
LONGEST_REASON = 200


class Assignment(models.Model):
    """An object held a label from `given_at` until `ended_at`, as long as that is not set: now.

    It counts within `valid_from` and `valid_until`. A row is never changed but to end it: other
    dates are another row, so that what counted on any day can be told.
    """

    label = models.ForeignKey(Label, on_delete=models.CASCADE, db_index=False, related_name="+")
    # Its label's, kept here for the indexes. That the label is there is enough.
    community = models.ForeignKey(
        "identity.Community",
        on_delete=models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    exclusive_scope = models.CharField(max_length=50, blank=True, default="", db_default="")
    source = models.CharField(
        max_length=10, choices=SOURCES, default=Source.MANUAL.value, db_default="manual"
    )
    source_ref = models.CharField(max_length=64, blank=True, default="", db_default="")
    reason = models.CharField(max_length=LONGEST_REASON, blank=True, default="", db_default="")
    given_at = models.DateTimeField(default=timezone.now)
    given_by = models.CharField(max_length=60, blank=True, default="", db_default="")
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=60, blank=True, default="", db_default="")
    ended_because = models.CharField(
        max_length=20, choices=ENDS, blank=True, default="", db_default=""
    )

    class Meta:
        abstract = True


class UserLabel(Assignment):
    """A person's."""

    user = models.ForeignKey(
        "identity.User", on_delete=models.CASCADE, db_index=False, related_name="+"
    )

    class Meta:
        db_table = "user_labels"
        constraints = [
            models.UniqueConstraint(
                fields=["label", "user"],
                # So that who counts is read from the index alone.
                include=["valid_from", "valid_until"],
                condition=Q(ended_at=None),
                name="a_person_holds_a_label_once",
            ),
            models.UniqueConstraint(
                fields=["community", "exclusive_scope", "user"],
                condition=Q(ended_at=None) & ~Q(exclusive_scope=""),
                nulls_distinct=False,
                name="a_person_holds_one_of_a_scope",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_because="")
                | (Q(ended_at__isnull=False) & ~Q(ended_because="")),
                name="ended_labels_of_people_say_why",
            ),
        ]
        indexes = [
            # What somebody holds and held; asked when memory does not know them.
            models.Index(fields=["user", "community"], name="labels_by_person"),
            # Who held a label on a day: those who still do are in the unique index.
            models.Index(
                fields=["label", "ended_at"],
                condition=Q(ended_at__isnull=False),
                name="ended_labels_of_people",
            ),
            models.Index(
                fields=["valid_until"],
                condition=Q(ended_at=None, valid_until__isnull=False),
                name="labels_of_people_that_end",
            ),
            # What a community's labels will change by, unless somebody changes them before.
            models.Index(
                fields=["community", "valid_until"],
                condition=Q(ended_at=None, valid_until__isnull=False),
                name="ends_of_labels_of_people",
            ),
            models.Index(
                fields=["community", "valid_from"],
                condition=Q(ended_at=None, valid_from__isnull=False),
                name="starts_of_labels_of_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label_id} of {self.user_id}"


class ObjectLabel(Assignment):
    """A community's, a module's or an entity group's."""

    kind = models.CharField(max_length=20, choices=KINDS)
    object_id = models.CharField(max_length=100)

    class Meta:
        db_table = "object_labels"
        constraints = [
            models.UniqueConstraint(
                fields=["label", "object_id"],
                condition=Q(ended_at=None),
                name="an_object_holds_a_label_once",
            ),
            models.UniqueConstraint(
                fields=["community", "exclusive_scope", "kind", "object_id"],
                condition=Q(ended_at=None) & ~Q(exclusive_scope=""),
                nulls_distinct=False,
                name="an_object_holds_one_of_a_scope",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_because="")
                | (Q(ended_at__isnull=False) & ~Q(ended_because="")),
                name="ended_labels_of_objects_say_why",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "object_id", "community"], name="labels_by_object"),
            models.Index(
                fields=["label", "ended_at"],
                condition=Q(ended_at__isnull=False),
                name="ended_labels_of_objects",
            ),
            models.Index(
                fields=["valid_until"],
                condition=Q(ended_at=None, valid_until__isnull=False),
                name="labels_of_objects_that_end",
            ),
            # What a community's labels will change by, unless somebody changes them before.
            models.Index(
                fields=["community", "valid_until"],
                condition=Q(ended_at=None, valid_until__isnull=False),
                name="ends_of_labels_of_objects",
            ),
            models.Index(
                fields=["community", "valid_from"],
                condition=Q(ended_at=None, valid_from__isnull=False),
                name="starts_of_labels_of_objects",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label_id} of {self.kind} {self.object_id}"


class LabelSuppression(models.Model):
    """Somebody took this label off this person by hand: no rule gives it back."""

    label = models.ForeignKey(Label, on_delete=models.CASCADE, db_index=False, related_name="+")
    user = models.ForeignKey("identity.User", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=60, blank=True)

    class Meta:
        db_table = "label_suppressions"
        constraints = [
            models.UniqueConstraint(fields=["label", "user"], name="a_label_is_suppressed_once")
        ]

    def __str__(self) -> str:
        return f"no {self.label_id} for {self.user_id}"
