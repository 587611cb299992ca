"""Codes that prove a place by being typed there."""

from django.db import models


class PlaceCode(models.Model):
    """A code that a community has asked for, of which only a keyed hash is kept."""

    community = models.ForeignKey("identity.Community", on_delete=models.CASCADE, related_name="+")
    entity = models.CharField(max_length=240)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "place_codes"
        constraints = [
            models.UniqueConstraint(fields=["community", "entity"], name="one_code_a_place")
        ]
        indexes = [models.Index(fields=["expires_at"], name="place_codes_that_end")]

    def __str__(self) -> str:
        return self.entity
