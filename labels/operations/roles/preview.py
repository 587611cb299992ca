"""What a role rule would do, before it does it."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any, Final

from identity.api import person_by_id
from labels.models import RoleGrant, RoleRule
from labels.operations.roles.planning import plan_of
from labels.queries.role_people import people_of
from labels.queries.role_rules import accounts_for

SAMPLES: Final = 10


def preview_of(rule: RoleRule, *, now: datetime) -> dict[str, Any]:
    """Count whom a rule would give the role, whom it would take it from, and show some of them."""
    people = people_of(rule, now=now)
    accounts = accounts_for(rule.platform, people)
    plan = plan_of(rule, now=now)
    without = [who for who in people if who not in accounts]
    again = RoleGrant.objects.filter(pk__in=plan.give_again[:SAMPLES])
    take = RoleGrant.objects.filter(pk__in=plan.take[:SAMPLES])
    give = [who for who, _ in plan.give[:SAMPLES]] + list(again.values_list("user_id", flat=True))
    return {
        "people": len(people),
        "without_account": len(without),
        "give": len(plan.give) + len(plan.give_again),
        "take": len(plan.take),
        "keep": plan.keep,
        "samples": {
            "give": _named(give),
            "take": _named(take.values_list("user_id", flat=True)),
            "without_account": _named(without),
        },
    }


def _named(user_ids: Iterable[int | None]) -> list[dict[str, str]]:
    found = (person_by_id(user_id) for user_id in islice(user_ids, SAMPLES) if user_id)
    return [{"id": person.public_id, "name": person.name} for person in found if person]
