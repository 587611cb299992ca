"""What a rule would do is counted exactly, and nothing is done."""

from typing import Any

import pytest
from django.db import transaction
from django.db.models import Func, TextField, Value
from django.db.models.functions import Cast
from pytest_django import DjangoAssertNumQueries

from identity.models import Community, Membership
from labels import api as labels
from labels.models import LabelSuppression, RuleRun, UserLabel
from labels.queries.rules import preview as previewing
from tests import make
from tests.client import Api
from tests.identity.parallel import at_once
from tests.labels.ruling import RULES, label, messages, rule, run, write, writer
from waddlebot.lib.locks import hold


def tried(api: Api, path: str = f"{RULES}/preview", **body: Any) -> dict[str, Any]:
    answer = api.post(path, body or None)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def counts(found: dict[str, Any]) -> tuple[int, ...]:
    return tuple(found[name] for name in ("gained", "lost", "suppressed", "blocked"))


def test_a_rule_that_is_not_made_yet_is_tried(api: Api, rookery: Community) -> None:
    regular = label(rookery)
    people = [writer(rookery, name, count) for name, count in [("bob", 100), ("carol", 99)]]
    held, unwanted = writer(rookery, "dave", 100), writer(rookery, "erin", 100)
    labels.give(community_id=rookery.pk, user_id=held.pk, name="regular")
    LabelSuppression.objects.create(label=regular, user=unwanted)

    found = tried(api, name="regulars", label="regular", conditions=messages(), removes=True)

    assert counts(found) == (1, 0, 1, 0)
    assert found["samples"] == {
        "gained": [{"id": people[0].public_id, "name": "Bob"}],
        "lost": [],
    }
    assert (RuleRun.objects.count(), UserLabel.objects.count()) == (0, 1)


def test_a_rule_that_is_made_is_tried_as_it_is_and_with_changes(
    api: Api, rookery: Community
) -> None:
    made = rule(rookery, label(rookery), messages(leave=80), removes=True)
    bob, carol = writer(rookery, "bob", 100), writer(rookery, "carol", 150)
    writer(rookery, "dave", 60)
    run()
    write(rookery, bob, 79)
    path = f"{RULES}/{made.pk}/preview"

    found = tried(api, path)
    assert counts(found) == (0, 1, 0, 0)
    assert found["samples"]["lost"] == [{"id": bob.public_id, "name": "Bob"}]

    assert counts(tried(api, path, conditions=messages(50))) == (1, 0, 0, 0)
    assert counts(tried(api, path, removes=False)) == (0, 0, 0, 0)
    write(rookery, carol, 10)
    assert counts(tried(api, path, conditions=messages(160), removes=True)) == (0, 2, 0, 0)


def test_who_holds_another_of_an_exclusive_scope_is_counted_apart(
    api: Api, rookery: Community
) -> None:
    for name in ("tier/silver", "tier/gold"):
        label(rookery, name, exclusive=True)
    bob = writer(rookery, "bob", 100)
    labels.give(community_id=rookery.pk, user_id=bob.pk, name="tier/silver")

    assert counts(tried(api, label="tier/gold", conditions=messages())) == (0, 0, 0, 1)


def test_samples_are_few(api: Api, rookery: Community) -> None:
    label(rookery)
    for number in range(12):
        writer(rookery, f"bob{number}", 100)

    found = tried(api, label="regular", conditions=messages())

    assert (found["gained"], len(found["samples"]["gained"])) == (12, 10)


def test_a_preview_says_what_the_run_then_does(api: Api, rookery: Community) -> None:
    label(rookery)
    for number in range(30):
        writer(rookery, f"bob{number}", number * 10)
    conditions = {"any": [messages(150), {"fact": "role", "op": ">=", "value": "member"}]}
    found = tried(api, label="regular", conditions=conditions)

    made = rule(rookery, label(rookery, "other"), conditions)
    run()

    assert (RuleRun.objects.get(rule=made).added, found["gained"]) == (16, 16)


def test_a_preview_costs_as_many_statements_for_many_as_for_one(
    api: Api, rookery: Community, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    label(rookery)
    for number in range(100):
        writer(rookery, f"bob{number}", 100)
    tried(api, label="regular", conditions=messages())

    with django_assert_max_num_queries(20):
        tried(api, label="regular", conditions=messages())


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"label": "regular"},
        {"conditions": messages()},
        {"label": "regular", "conditions": {}},
        {"label": "nobody", "conditions": messages()},
        {"label": "regular", "conditions": messages(), "more": 1},
    ],
    ids=str,
)
def test_what_is_no_rule_is_not_tried(api: Api, rookery: Community, body: dict[str, Any]) -> None:
    label(rookery)

    assert api.post(f"{RULES}/preview", body).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_one_preview_at_a_time_reads_a_whole_community(api: Api, rookery: Community) -> None:
    label(rookery)
    writer(rookery, "bob", 100)
    key = make.key(rookery.membership_set.get(role=4).user, place=rookery)
    body = {"label": "regular", "conditions": messages()}

    def meanwhile() -> int:
        return int(Api(key).post(f"{RULES}/preview", body).status_code)

    with transaction.atomic():
        hold("label rule preview", rookery.pk)
        assert at_once(meanwhile) == [409]
    assert at_once(meanwhile) == [200]


def test_a_preview_that_takes_too_long_says_so(
    api: Api, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    label(rookery)
    slow = Func(Value(9), function="pg_sleep", output_field=TextField())
    monkeypatch.setattr(previewing, "TIMEOUT_MS", 1)
    monkeypatch.setattr(
        previewing,
        "judged",
        lambda *_: Membership.objects.annotate(verdict=Cast(slow, TextField())),
    )

    answer = api.post(f"{RULES}/preview", {"label": "regular", "conditions": messages()})

    assert (answer.status_code, answer.json()["code"]) == (503, "preview_too_slow")
