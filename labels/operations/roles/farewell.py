"""What we gave somebody who is erased is taken back, though their row is gone."""

from identity.api import Departure
from labels.models import RoleGrant
from labels.operations.roles.waking import nudge_on_commit
from waddlebot.lib.sealing import seal

State = RoleGrant.State


def take_leave(departure: Departure) -> int:
    """Keep of each role we gave the account alone, sealed, until the platform was told.

    The row names nobody, and goes with the platform's answer, whatever that is.
    """
    given = RoleGrant.objects.filter(user__in=departure.user_ids, given_by_us=True)
    rows = list(given.exclude(state=State.REVOKED).select_for_update())
    for row in rows:
        row.user_id, row.sealed = None, seal(row.platform_user_id.encode())
        row.platform_user_id = f"erased:{row.pk}"
        row.state, row.due_at, row.attempts = State.TO_REVOKE, departure.now, 0
        row.code = row.detail = ""
        row.updated_at = departure.now
        row.save()
    if rows:
        nudge_on_commit()
    return len(rows)
