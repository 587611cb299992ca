"""What becomes of labels when two people turn out to be one, and when they are two again."""

from collections import defaultdict
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from labels.data import Change, Ended, Kind
from labels.models import Label, UserLabel
from labels.signals import labels_changed

ALIKE: Final = """(one.label_id = other.label_id OR (
    one.exclusive_scope <> '' AND one.exclusive_scope = other.exclusive_scope
    AND one.community_id IS NOT DISTINCT FROM other.community_id))"""

# Of two rows that cannot stand side by side the one that lasts longer stays; of two labels of one
# scope the survivor's, unless that is over; and no row goes for one that goes itself.
END_COLLISIONS: Final = f"""
WITH pairs AS (
    SELECT one.id AS mine, other.id AS theirs,
        one.valid_until IS NOT NULL
        AND (other.valid_until IS NULL OR other.valid_until > one.valid_until)
        AND (one.label_id = other.label_id OR one.valid_until <= %(now)s) AS gives_way
    FROM user_labels AS other JOIN user_labels AS one
        ON one.user_id = %(target)s AND one.ended_at IS NULL AND {ALIKE}
    WHERE other.user_id = %(source)s AND other.ended_at IS NULL
), gone AS (
    SELECT theirs AS id FROM pairs WHERE NOT gives_way
), given_way AS (
    SELECT mine AS id FROM pairs WHERE gives_way AND theirs NOT IN (SELECT id FROM gone)
)
UPDATE user_labels SET ended_at = %(now)s, ended_because = %(merged)s, ended_by = %(by)s
WHERE id IN (SELECT id FROM gone UNION SELECT id FROM given_way)
"""  # noqa: S608 - only the condition above is put in.

# Whoever took since what a row was ended for took it from both: such a row stays ended, whatever
# is merged and parted later. Of two that were ended for the same the one given last comes back.
REOPEN: Final = f"""
WITH ended AS (
    SELECT * FROM user_labels
    WHERE user_id = ANY(%(people)s) AND ended_because = %(merged)s AND ended_by = %(by)s
), held AS (
    SELECT * FROM user_labels WHERE user_id = ANY(%(people)s) AND ended_at IS NULL
), judged AS (
    SELECT one.id, EXISTS (SELECT FROM held AS other WHERE {ALIKE})
        AND NOT EXISTS (
            SELECT FROM held AS other WHERE other.user_id = one.user_id AND {ALIKE}
        ) AND NOT EXISTS (
            SELECT FROM ended AS other
            WHERE other.user_id = one.user_id AND other.id > one.id AND {ALIKE}
        ) AS is_back
    FROM ended AS one
)
UPDATE user_labels SET
    ended_at = CASE WHEN is_back THEN NULL ELSE ended_at END,
    ended_because = CASE WHEN is_back THEN '' ELSE ended_because END,
    ended_by = CASE WHEN is_back THEN '' ELSE %(over)s END
FROM judged WHERE judged.id = user_labels.id
"""  # noqa: S608 - as above.


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
    """Give both back what the merge had ended, while what it was ended for is held."""
    with connection.cursor() as cursor:
        cursor.execute(
            REOPEN,
            {
                "people": [survivor_id, absorbed_id],
                "merged": Ended.MERGED.value,
                "by": _merge_of(absorbed_id),
                "over": f"un{_merge_of(absorbed_id)}",
            },
        )


def tell_of_merge(*, survivor_id: int, absorbed_id: int, now: datetime) -> None:
    """Tell what each of the two holds by now of all that one of them holds or held."""
    people = (survivor_id, absorbed_id)
    ended = Q(ended_because=Ended.MERGED.value, ended_by__endswith=_merge_of(absorbed_id))
    rows = UserLabel.objects.filter(Q(ended_at=None) | ended, user_id__in=people)
    holders: dict[int | None, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for community_id, label_id, user_id, is_over in rows.values_list(
        "community_id", "label_id", "user_id", "ended_at"
    ):
        holders[community_id][label_id] |= set() if is_over else {user_id}
    for place, labels in holders.items():
        changes = tuple(
            Change(label_id, Kind.USER, (person,), person in held, Ended.MERGED.value)
            for label_id, held in labels.items()
            for person in people
        )
        labels_changed.send(sender=Label, community_id=place, changes=changes, now=now)


def _merge_of(absorbed_id: int) -> str:
    return f"merge:{absorbed_id}"
