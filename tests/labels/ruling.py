"""A community with a rule: whoever wrote so many messages is a regular."""

from typing import Any

from django.utils import timezone

from identity.data import Role
from identity.models import Community, Membership, User
from labels.models import Label, LabelRule, UserLabel
from labels.operations.rules import RuleWish, add_rule, answer_wakes, run_rules
from tests import make

RULES = "/labels/v1/rules"


def label(place: Community, name: str = "regular", **rest: Any) -> Label:
    return Label.objects.create(community=place, name=name, **rest)


def messages(value: int = 100, **rest: Any) -> dict[str, Any]:
    return {"fact": "messages", "op": ">=", "value": value, **rest}


def rule(
    place: Community, gives: Label, conditions: Any = None, name: str = "", **rest: Any
) -> LabelRule:
    wish = RuleWish(
        label=gives.pk,
        conditions=messages() if conditions is None else conditions,
        name=name or f"gives {gives.name}",
        **rest,
    )
    return add_rule(community_id=place.pk, wish=wish, actor="system", now=timezone.now())


def writer(place: Community, name: str, messages: int = 0) -> User:
    """Return somebody who was seen in chat, and wrote so much."""
    person = make.user(name, display_name=name.title())
    Membership.objects.create(
        community=place, user=person, role=Role.NONE, messages=messages, reputation=5 * messages
    )
    return person


def write(place: Community, person: User, messages: int) -> None:
    Membership.objects.filter(community=place, user=person).update(messages=messages)


def run() -> int:
    return run_rules(clock=timezone.now)


def answer() -> int:
    return answer_wakes(clock=timezone.now)


def holders(of: Label) -> set[str]:
    held = UserLabel.objects.filter(label=of, ended_at=None)
    return set(held.values_list("user__username", flat=True))
