"""Lifting what keeps rules from giving somebody a label again."""

from datetime import datetime

from django.db import transaction

from identity.api import record
from labels.models import LabelSuppression
from waddlebot.lib.locks import hold


def lift_suppression(*, row_id: int, actor: str, now: datetime) -> None:
    """Let rules give it again. Lifting one that is gone is fine."""
    with transaction.atomic():
        row = LabelSuppression.objects.select_related("label").filter(pk=row_id).first()
        if row is None:
            return
        hold("labels", row.label.community_id)
        row.delete()
        record(
            category="audit",
            action="label_suppression.lifted",
            actor=actor,
            community_id=row.label.community_id,
            target=f"user:{row.user_id}",
            details={"before": {"label": row.label_id}, "after": None},
            now=now,
        )
