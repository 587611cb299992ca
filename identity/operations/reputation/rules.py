"""What an event earns in a community, changed by its managers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from identity.models import Community, ReputationRule
from identity.operations.audit import record
from waddlebot.lib.cache import announce

MOST_POINTS: Final = 10_000


def change_points(
    *, community_id: int, changes: Mapping[str, int | None], actor: str = "system", now: datetime
) -> None:
    """Set what message types earn here; None goes back to the default."""
    with transaction.atomic():
        Community.objects.select_for_update(no_key=True).get(pk=community_id)
        rules = ReputationRule.objects.filter(community_id=community_id)
        before = dict(rules.values_list("message_type", "points"))
        for name, points in changes.items():
            if points is None:
                rules.filter(message_type=name).delete()
            else:
                rules.update_or_create(
                    community_id=community_id, message_type=name, defaults={"points": points}
                )
        announce("reputation_rules", str(community_id))
        after = dict(rules.all().values_list("message_type", "points"))
        record(
            category="audit",
            action="reputation_rules_changed",
            actor=actor,
            community_id=community_id,
            target=f"community:{community_id}",
            details={"before": before, "after": after},
            now=now,
        )
