"""How many labels a community may have, and an object in it."""

from dataclasses import dataclass

from django.conf import settings

from labels.models import LabelSettings


@dataclass(frozen=True, slots=True)
class Quotas:
    """`labels` there may be, and `per_object` of them on one person or thing."""

    labels: int
    per_object: int


def quotas_of(community_id: int | None) -> Quotas:
    """Return what staff set for a community, else the usual; the system has the usual too."""
    own = LabelSettings.objects.filter(pk=community_id).first() or LabelSettings()
    usual = Quotas(settings.LABELS_PER_COMMUNITY, settings.LABELS_PER_OBJECT)
    return Quotas(
        labels=usual.labels if own.max_labels is None else own.max_labels,
        per_object=usual.per_object if own.max_per_object is None else own.max_per_object,
    )
