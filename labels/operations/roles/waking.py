"""Having role rules look at everybody anew, since something about them has changed."""

from collections.abc import Collection
from datetime import datetime, timedelta
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
OF_COMMUNITIES: Final = """
WITH concerned AS (
    SELECT role_rules.id FROM role_rules JOIN entity_groups ON entity_groups.id = group_id
    WHERE %s::bigint[] IS NULL OR entity_groups.community_id = ANY(%s)
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
    places = None if community_ids is None else list(community_ids)
    with connection.cursor() as cursor:
        cursor.execute(OF_COMMUNITIES, [places, places, now])
        if cursor.rowcount:
            nudge_on_commit()


def wake_rule(rule: RoleRule, *, now: datetime) -> None:
    RoleRule.objects.filter(pk=rule.pk).update(due_at=now)
    nudge_on_commit()


def nudge_on_commit(*, after: timedelta = timedelta()) -> None:
    transaction.on_commit(partial(nudge, TASK, after_s=after.total_seconds()))
