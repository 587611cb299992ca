"""What the router does by the names of labels."""

from typing import Any, Final

from django.db.models import Q, QuerySet

from core_router.models import Command, ModerationRule, RateLimit
from labels.data import LabelUse

MOST: Final = 1000


def uses_of_label(*, community_id: int | None, name: str) -> list[LabelUse]:
    """Return the commands, rules and limits that ask for a label, exempt it or say it."""
    named = Q(any_label__contains=[name])
    here = Q() if community_id is None else Q(community=community_id)
    said = Q(response__contains=f"${{label:{name}}}")
    commands = _first(Command.objects.filter(here, named | said))
    rules = _first(ModerationRule.objects.filter(here, named))
    limits = _first(RateLimit.objects.filter(here, named))
    return [
        *(LabelUse("command", row.pk, str(row)) for row in commands),
        *(LabelUse("rule", row.pk, str(row)) for row in rules),
        *(LabelUse("limit", row.pk, str(row)) for row in limits),
    ]


def _first(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    return rows.order_by("pk")[:MOST]
