"""What follows a merge: rows that came late, and ledgers nobody needs any more."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from identity.models import AccountMerge
from identity.operations.merging.joining import hold, tell
from identity.operations.merging.ledger import hand_over, merged_tables, moves_in

LATE_FOR: Final = timedelta(days=1)

State = AccountMerge.State


def gather_late_rows(*, now: datetime) -> int:
    """Hand over what was written under an absorbed id after its merge; return for how many.

    A process may know somebody by their old id for a second more, and what waits in a queue for
    longer. An undo gives these rows back with the rest.
    """
    recent = AccountMerge.objects.filter(state=State.DONE, done_at__gt=now - LATE_FOR)
    absorbed_ids = recent.values("absorbed_id")
    late: set[int] = set()
    for entry in merged_tables():
        rows = entry.model._default_manager.filter(**entry.where)  # noqa: SLF001
        owners = rows.filter(**{f"{entry.column}__in": absorbed_ids})
        late |= set(owners.order_by().values_list(entry.column, flat=True).distinct())
    merges = recent.filter(absorbed_id__in=late).order_by("done_at")
    return sum(_gather(pk) for pk in merges.values_list("pk", flat=True))


def tidy_merges(*, now: datetime) -> int:
    """Empty the ledgers that undo nothing any more, and drop old previews; return how many."""
    over = AccountMerge.objects.filter(expires_at__lte=now)
    emptied = over.filter(state=State.DONE).exclude(ledger=[]).update(ledger=[])
    dropped, _ = over.filter(state__in=[State.PREVIEW, State.CANCELLED]).delete()
    return emptied + dropped


def _gather(merge_id: UUID) -> bool:
    with transaction.atomic():
        merge = AccountMerge.objects.get(pk=merge_id)
        hold(merge.survivor_id, merge.absorbed_id)
        merge.refresh_from_db()
        if merge.state != State.DONE:
            return False
        steps = hand_over(source=merge.absorbed_id, target=merge.survivor_id)
        merge.ledger = [*merge.ledger, *steps]
        merge.moves = moves_in(merge.ledger)
        merge.save(update_fields=["ledger", "moves"])
        tell(merge)
    return True
