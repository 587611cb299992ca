"""Setting how many labels a community may have."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.forms.models import model_to_dict

from identity.api import record
from labels.models import LabelSettings
from waddlebot.lib.locks import hold

FIELDS = ("max_labels", "max_per_object")


def set_quotas(
    *, community_id: int, changes: Mapping[str, int | None], actor: str, now: datetime
) -> None:
    """Change the named ones; None is the usual number again. What is there already stays."""
    with transaction.atomic():
        hold("labels", community_id)
        row, _ = LabelSettings.objects.get_or_create(community_id=community_id)
        before = model_to_dict(row, FIELDS)
        for name, value in changes.items():
            setattr(row, name, value)
        row.save(update_fields=[*changes])
        record(
            category="audit",
            action="label_settings.changed",
            actor=actor,
            community_id=community_id,
            target=f"community:{community_id}",
            details={"before": before, "after": model_to_dict(row, FIELDS)},
            now=now,
        )
