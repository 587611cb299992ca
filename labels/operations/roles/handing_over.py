"""What two rules give is not taken while one of them still wants it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from labels.models import RoleGrant, RoleRule
from labels.operations.roles.planning import ON_THE_WAY_IN

State = RoleGrant.State


def hand_over(rule: RoleRule, rows: Sequence[RoleGrant], *, now: datetime) -> list[RoleGrant]:
    """Make what we gave another rule's, where one gives the same; return the rows that are left.

    From now on the role is the other's to take back.
    """
    going = {row.platform_user_id: row for row in rows if row.state == State.TO_REVOKE}
    if not going:
        return list(rows)
    others = RoleGrant.objects.filter(
        platform_user_id__in=going,
        state__in=ON_THE_WAY_IN,
        rule__platform=rule.platform,
        rule__server_id=rule.server_id,
        rule__role=rule.role,
    )
    with transaction.atomic():
        locked = others.exclude(rule=rule).select_for_update(of=("self",)).order_by("pk")
        heirs = {other.platform_user_id: other for other in locked}
        RoleGrant.objects.filter(pk__in=[other.pk for other in heirs.values()]).update(
            given_by_us=True
        )
        gone = {going[account].pk for account in heirs}
        RoleGrant.objects.filter(pk__in=gone, state=State.TO_REVOKE).update(
            state=State.REVOKED, given_by_us=False, due_at=None, updated_at=now
        )
    # One that does not want it any more either, by now, has to look again.
    for rule_id in {other.rule_id for other in heirs.values()}:
        RoleRule.objects.filter(pk=rule_id).update(due_at=now)
    return [row for row in rows if row.pk not in gone]
