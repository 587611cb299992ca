"""What becomes of labels when two people turn out to be one, and when they are two again."""

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from labels.data import Ended
from labels.models import UserLabel

# Of two rows that cannot stand side by side the one that lasts longer stays; one the survivor
# holds, when both last as long.
END_COLLISIONS = """
WITH pairs AS (
    SELECT mine.id AS mine, theirs.id AS theirs,
        theirs.label_id = mine.label_id AND mine.valid_until IS NOT NULL
        AND (theirs.valid_until IS NULL OR theirs.valid_until > mine.valid_until) AS is_longer
    FROM user_labels AS theirs JOIN user_labels AS mine ON mine.user_id = %(target)s
        AND mine.ended_at IS NULL
        AND (mine.label_id = theirs.label_id OR (
            theirs.exclusive_scope <> '' AND mine.exclusive_scope = theirs.exclusive_scope
            AND mine.community_id IS NOT DISTINCT FROM theirs.community_id))
    WHERE theirs.user_id = %(source)s AND theirs.ended_at IS NULL
), gone AS (
    SELECT mine AS id FROM pairs WHERE is_longer
    UNION SELECT theirs FROM pairs WHERE NOT is_longer
)
UPDATE user_labels SET ended_at = %(now)s, ended_because = %(merged)s, ended_by = %(by)s
FROM gone WHERE user_labels.id = gone.id
"""


def end_collisions(source: int, target: int) -> None:
    """End what the two cannot both hold, before the source's rows become the target's."""
    with connection.cursor() as cursor:
        cursor.execute(
            END_COLLISIONS,
            {
                "source": source,
                "target": target,
                "now": timezone.now(),
                "merged": Ended.MERGED.value,
                "by": _merge_of(source),
            },
        )


def reopen_collisions(*, survivor_id: int, absorbed_id: int) -> None:
    """Give both back what the merge had ended, while what it was ended for is held.

    Whoever took that since took it from both.
    """
    people = (survivor_id, absorbed_id)
    ended = UserLabel.objects.filter(
        user_id__in=people, ended_because=Ended.MERGED.value, ended_by=_merge_of(absorbed_id)
    )
    for row in ended.select_related("user"):
        alike = Q(label=row.label_id)
        if row.exclusive_scope:
            alike |= Q(community=row.community_id, exclusive_scope=row.exclusive_scope)
        holders = UserLabel.objects.filter(alike, user_id__in=people, ended_at=None)
        whose = set(holders.values_list("user", flat=True))
        if whose and row.user.pk not in whose:
            UserLabel.objects.filter(pk=row.pk).update(
                ended_at=None, ended_because="", ended_by=""
            )


def _merge_of(absorbed_id: int) -> str:
    return f"merge:{absorbed_id}"
