"""What somebody said, under a number."""

from django.db import models
from django.utils import timezone


class Book(models.Model):
    """How far a community has counted, so that a removed quote's number is not given again."""

    community = models.OneToOneField(
        "identity.Community", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    last_number = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "quote_books"

    def __str__(self) -> str:
        return f"{self.last_number} quotes of {self.community_id}"


class Quote(models.Model):
    community = models.ForeignKey("identity.Community", on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    text = models.CharField(max_length=400)
    added_by = models.ForeignKey(
        "identity.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "quotes"
        constraints = [
            models.UniqueConstraint(fields=["community", "number"], name="one_quote_per_number")
        ]

    def __str__(self) -> str:
        return f"#{self.number} of {self.community_id}"
