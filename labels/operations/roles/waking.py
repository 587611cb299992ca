"""Having role rules look at everybody anew, since something about them has changed."""

from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Final

from django.db import connection, transaction

from labels.models import RoleRule
from waddlebot.lib.nudge import nudge

TASK: Final = "labels.tasks.sync_roles"
# In one order, or two who wake the same rules might wait for each other for ever.
BY_LABELS: Final = """
WITH RECURSIVE implied(id) AS (
    SELECT unnest(%s::bigint[])
    UNION
    SELECT links.parent_id FROM label_parents AS links JOIN implied ON links.label_id = implied.id
), concerned AS (
    SELECT role_rules.id FROM role_rules JOIN implied ON role_rules.label_id = implied.id
    ORDER BY role_rules.id FOR UPDATE OF role_rules
)
UPDATE role_rules SET due_at = %s FROM concerned WHERE role_rules.id = concerned.id
"""


def wake_by_labels(label_ids: Collection[int], *, now: datetime) -> None:
    """Wake the rules of labels that somebody has gained or lost, and of what these imply."""
    with connection.cursor() as cursor:
        cursor.execute(BY_LABELS, [list(label_ids), now])
        if cursor.rowcount:
            nudge_on_commit()


def wake_communities(community_ids: Collection[int] | None, *, now: datetime) -> None:
    """Wake all rules of these communities; of None, of every one."""
    rules = RoleRule.objects.all()
    if community_ids is not None:
        rules = rules.filter(group__community__in=community_ids)
    ordered = rules.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True)
    with transaction.atomic():
        if RoleRule.objects.filter(pk__in=list(ordered)).update(due_at=now):
            nudge_on_commit()


def wake_rule(rule: RoleRule, *, now: datetime) -> None:
    RoleRule.objects.filter(pk=rule.pk).update(due_at=now)
    nudge_on_commit()


def nudge_on_commit() -> None:
    transaction.on_commit(partial(nudge, TASK))
