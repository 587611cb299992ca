"""What a community says to whom."""

from django.db import models


class Thanks(models.Model):
    """The text for one type of event; without a row nothing is said."""

    community = models.ForeignKey("identity.Community", on_delete=models.CASCADE, related_name="+")
    message_type = models.CharField(max_length=30)
    text = models.CharField(max_length=400)

    class Meta:
        db_table = "thanks"
        verbose_name_plural = "thanks"
        constraints = [
            models.UniqueConstraint(
                fields=["community", "message_type"], name="one_thanks_for_each_type"
            )
        ]

    def __str__(self) -> str:
        return f"thanks for {self.message_type} in {self.community_id}"
