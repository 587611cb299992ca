"""Rules that would undo each other are refused; those that only build on each other are not."""

from typing import Any

import pytest
from django.utils import timezone

from identity.models import Community
from labels import api as labels
from labels.operations.rules import RuleCircleError, change_rule
from tests.client import Api
from tests.labels.ruling import RULES, answer, holders, label, messages, rule, run, writer


def holds(name: str) -> dict[str, Any]:
    return {"label": name}


def lacks(name: str) -> dict[str, Any]:
    return {"not": {"label": name}}


def test_a_rule_that_takes_what_it_gave_for_having_given_it_is_refused(
    api: Api, rookery: Community
) -> None:
    label(rookery, "new")
    wish = {"name": "new", "label": "new", "conditions": lacks("new"), "removes": True}

    answer = api.post(RULES, wish)

    assert (answer.status_code, answer.json()["code"]) == (400, "rule_circle")
    assert answer.json()["errors"][0]["pointer"] == "#/conditions"
    assert "“new”" in answer.json()["detail"]


@pytest.mark.parametrize("removing", [0, 1, 2])
def test_a_circle_through_a_not_is_refused(rookery: Community, removing: int) -> None:
    one, two, three = (label(rookery, name) for name in ("one", "two", "three"))
    rule(rookery, two, holds("one"), removes=removing == 0)
    rule(rookery, three, {"all": [messages(), holds("two")]}, removes=removing == 1)

    with pytest.raises(RuleCircleError, match="“gives two”"):
        rule(rookery, one, {"any": [lacks("three"), messages()]}, removes=removing == 2)


def test_a_circle_is_refused_when_a_change_closes_it(rookery: Community) -> None:
    one, two = label(rookery, "one"), label(rookery, "two")
    rule(rookery, two, holds("one"), removes=True)
    made = rule(rookery, one, messages(), removes=True)

    with pytest.raises(RuleCircleError):
        change_rule(
            rule_id=made.pk,
            changes={"conditions": lacks("two")},
            actor="system",
            now=timezone.now(),
        )


def test_what_implies_a_label_closes_a_circle_too(rookery: Community) -> None:
    parent, child = label(rookery, "parent"), label(rookery, "child")
    child.parent_links.create(parent=parent)

    with pytest.raises(RuleCircleError):
        rule(rookery, child, lacks("parent"), removes=True)


def test_a_rule_that_replaces_what_it_asks_for_is_refused(rookery: Community) -> None:
    silver, gold = (label(rookery, f"tier/{name}", exclusive=True) for name in ("silver", "gold"))
    rule(rookery, silver, messages())

    with pytest.raises(RuleCircleError):
        rule(rookery, gold, {"all": [holds("tier/silver"), messages(200)]}, removes=True)
    rule(rookery, gold, {"all": [holds("tier/silver"), messages(200)]})
    writer(rookery, "bob", 200)
    for _ in range(4):
        run()
        answer()

    assert (holders(silver), holders(gold)) == (set(), {"bob"})


def test_rules_that_build_on_each_other_are_allowed_and_come_to_rest(rookery: Community) -> None:
    one, two = label(rookery, "one"), label(rookery, "two")
    rule(rookery, two, holds("one"), removes=True)
    rule(rookery, one, holds("two"), removes=True)
    run()
    bob = writer(rookery, "bob")
    labels.give(community_id=rookery.pk, user_id=bob.pk, name="one")
    answer()

    assert (holders(one), holders(two)) == ({"bob"}, {"bob"})


def test_a_not_without_a_circle_is_allowed(rookery: Community) -> None:
    new, regular = label(rookery, "new"), label(rookery)
    rule(rookery, regular, messages(), removes=True)
    rule(rookery, new, lacks("regular"), removes=True)
    writer(rookery, "bob", 100)
    writer(rookery, "carol")
    for _ in range(2):
        run()
        answer()

    assert (holders(regular), holders(new)) == ({"bob"}, {"carol", "alice"})
