"""Words pinned to people. What else can be labelled, and what labels permit, builds on these."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Label(models.Model):
    community = models.ForeignKey("identity.Community", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=50)
    description = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "labels"
        constraints = [
            models.UniqueConstraint(fields=["community", "name"], name="one_label_per_name"),
            models.CheckConstraint(
                condition=Q(name__regex=r"^[^\s/][^\s]*$"), name="label_name_has_no_space"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UserLabel(models.Model):
    """Somebody holds a label; past `valid_until` it permits nothing."""

    label = models.ForeignKey(Label, on_delete=models.CASCADE)
    user = models.ForeignKey("identity.User", on_delete=models.CASCADE, related_name="+")
    given_at = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "user_labels"
        constraints = [
            models.UniqueConstraint(fields=["label", "user"], name="a_person_holds_a_label_once")
        ]

    def __str__(self) -> str:
        return f"{self.label_id} of {self.user_id}"
