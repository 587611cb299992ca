"""Removing labels. The row stays, so that it can be told who held what; its name is free."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from labels.models import LabelParent, LabelSuppression
from labels.operations.labels.changing import LabelInUseError, locked_row
from labels.operations.labels.settling import settle_soon
from labels.operations.labels.telling import facts_of, tell
from labels.operations.rules.resting import rest_rules
from labels.queries.impact import impact_of


def remove_label(*, label_id: int, confirm: str = "", actor: str, now: datetime) -> None:
    """Remove a label; while something hangs on it, only for who confirms it by its name.

    Rules that gave it or asked for it rest from now on. Whoever held it stops holding it at this
    moment.
    """
    with transaction.atomic():
        row = locked_row(label_id)
        impact = impact_of(row).in_words()
        if impact and confirm != row.name:
            detail = f"{row.name} is in use: {impact}. Repeat with confirm={row.name}."
            raise LabelInUseError(detail)
        before = facts_of(row) | {"in_use": impact}
        LabelParent.objects.filter(Q(label=row) | Q(parent=row)).delete()
        LabelSuppression.objects.filter(label=row).delete()
        rest_rules(row, now)
        row.deleted_at, row.deleted_by, row.updated_at = now, actor, now
        row.save()
        settle_soon(row, now)
        tell(row, "label.removed", actor, now, before=before)
