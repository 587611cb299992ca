"""Auto-assign rules over REST: made, read, changed and removed."""

from typing import Any

import pytest
from django.utils import timezone

from identity.data import MEMBER_FACTS, Role
from identity.models import AuditEvent, Community, User
from labels import api as labels
from labels.models import LabelRule, LabelSuppression, RuleRun
from labels.operations.rules.changing import MOST_RULES
from tests import make
from tests.client import Api
from tests.labels.ruling import RULES, holders, label, messages, rule, run, writer


def wish(**rest: Any) -> dict[str, Any]:
    return {"name": "regulars", "label": "regular", "conditions": messages(), **rest}


def pointers(answer: Any) -> set[str]:
    assert answer.status_code == 400, answer.content
    return {flaw["pointer"] for flaw in answer.json()["errors"]}


def test_a_rule_is_made_read_changed_and_removed(api: Api, rookery: Community) -> None:
    regular = label(rookery)
    made = api.post(RULES, wish())
    assert made.status_code == 201, made.content
    path = f"{RULES}/{made.json()['id']}"
    assert made.json() == api.get(path).json()
    assert made.json()["label_id"] == regular.pk
    assert (made.json()["label"], made.json()["community"]) == ("regular", "rookery")
    assert (made.json()["removes"], made.json()["enabled"]) == (False, True)

    changed = api.patch(path, {"conditions": messages(200), "removes": True}).json()
    assert (changed["conditions"]["value"], changed["removes"]) == (200, True)
    assert api.get(f"{RULES}?community=rookery").json()["results"] == [changed]

    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404


def test_what_is_read_may_be_sent_back(api: Api, rookery: Community) -> None:
    label(rookery)
    label(rookery, "vip")
    made = api.post(RULES, wish(conditions={"not": {"label": "vip"}})).json()
    told = {"id", "label_id", "disabled_because", "created_at", "updated_at", "ran_at"}

    sent = {name: value for name, value in made.items() if name not in told}
    answer = api.patch(f"{RULES}/{made['id']}", sent)

    assert answer.status_code == 200, answer.content
    assert answer.json()["conditions"] == {"not": {"label": "vip"}}


FACT = messages()


@pytest.mark.parametrize(
    ("conditions", "pointer"),
    [
        (None, "#/conditions"),
        ([], "#/conditions"),
        ({}, "#/conditions"),
        ({"all": [FACT], "any": [FACT]}, "#/conditions"),
        ({"all": []}, "#/conditions/all"),
        ({"all": FACT}, "#/conditions/all"),
        ({"all": [FACT, 3]}, "#/conditions/all/1"),
        ({"not": {"any": [FACT, {"fact": "luck"}]}}, "#/conditions/not/any/1/fact"),
        ({"all": [FACT], "some/how": 1}, "#/conditions/some~1how"),
        ({"fact": ["messages"]}, "#/conditions/fact"),
        (FACT | {"op": "~"}, "#/conditions/op"),
        (FACT | {"op": None}, "#/conditions/op"),
        (FACT | {"value": "100"}, "#/conditions/value"),
        (FACT | {"value": True}, "#/conditions/value"),
        (FACT | {"value": 1.5}, "#/conditions/value"),
        (FACT | {"value": -1}, "#/conditions/value"),
        (FACT | {"value": 2**62}, "#/conditions/value"),
        (FACT | {"leave": 101}, "#/conditions/leave"),
        ({"not": FACT | {"leave": 99}}, "#/conditions/not/leave"),
        (FACT | {"op": "==", "leave": 99}, "#/conditions/leave"),
        (FACT | {"within_days": 0}, "#/conditions/within_days"),
        (FACT | {"within_days": 10**6}, "#/conditions/within_days"),
        (FACT | {"fact": "member_days", "within_days": 3}, "#/conditions/within_days"),
        (FACT | {"fact": "watch_streak", "value": 366}, "#/conditions/value"),
        ({"fact": "role", "op": ">=", "value": "king"}, "#/conditions/value"),
        ({"fact": "subscribed", "op": ">=", "value": True}, "#/conditions/op"),
        ({"fact": "subscribed", "op": "==", "value": 1}, "#/conditions/value"),
        ({"label": "nothing"}, "#/conditions/label"),
        ({"label": 10**12}, "#/conditions/label"),
        ({"label": -1}, "#/conditions/label"),
        ({"label": True}, "#/conditions/label"),
        ({"label": {"label": "regular"}}, "#/conditions/label"),
        ({"all": [{"label": "x" * 5000}]}, "#/conditions/all/0/label"),
    ],
    ids=str,
)
def test_conditions_that_mean_nothing_are_refused_where_they_are_wrong(
    api: Api, rookery: Community, conditions: Any, pointer: str
) -> None:
    label(rookery)

    assert pointers(api.post(RULES, wish(conditions=conditions))) == {pointer}
    assert not LabelRule.objects.exists()


def test_conditions_are_bounded_in_depth_and_number(api: Api, rookery: Community) -> None:
    label(rookery)
    deep: Any = FACT
    for _ in range(50):
        deep = {"not": deep}
    assert pointers(api.post(RULES, wish(conditions=deep))) == {"#/conditions" + "/not" * 6}

    wide = {"all": [{"any": [FACT] * 30}] * 2}
    flaws = pointers(api.post(RULES, wish(conditions=wide)))
    assert flaws == {f"#/conditions/all/1/any/{place}" for place in range(20, 30)}


def test_all_that_is_wrong_is_told_at_once(api: Api, rookery: Community) -> None:
    label(rookery)
    conditions = {"all": [FACT | {"op": "?"}, {"label": "nobody"}, {"any": [7]}]}

    assert pointers(api.post(RULES, wish(conditions=conditions))) == {
        "#/conditions/all/0/op",
        "#/conditions/all/1/label",
        "#/conditions/all/2/any/0",
    }


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"label": "nothing"}, "#/label"),
        ({"label": "quiz"}, "#/label"),
        ({"label": "elsewhere"}, "#/label"),
        ({"label": "waddlebot/star"}, "#/label"),
        ({"label": None}, "#/label"),
        ({"name": ""}, "#/name"),
        ({"name": "x" * 51}, "#/name"),
        ({"removes": "yes"}, "#/removes"),
        ({"priority": 1001}, "#/priority"),
        ({"colour": "red"}, "#/colour"),
    ],
    ids=str,
)
def test_a_rule_that_says_nonsense_is_refused(
    api: Api, rookery: Community, alice: User, wrong: dict[str, Any], pointer: str
) -> None:
    label(rookery)
    label(rookery, "quiz", kind="module")
    label(make.community(owner=alice), "elsewhere")

    assert pointers(api.post(RULES, wish(**wrong))) == {pointer}


def test_a_name_is_given_once(api: Api, rookery: Community) -> None:
    label(rookery)
    api.post(RULES, wish())
    other = api.post(RULES, wish(name="others")).json()

    assert api.post(RULES, wish()).json()["code"] == "rule_conflict"
    assert api.patch(f"{RULES}/{other['id']}", {"name": "regulars"}).status_code == 409


def test_a_community_has_so_many_rules_and_no_more(api: Api, rookery: Community) -> None:
    regular = label(rookery)
    LabelRule.objects.bulk_create(
        LabelRule(community=rookery, name=str(number), label=regular, conditions=FACT)
        for number in range(MOST_RULES)
    )

    assert api.post(RULES, wish()).json()["code"] == "too_many_rules"


def test_a_rule_keeps_its_label(api: Api, rookery: Community) -> None:
    made = rule(rookery, label(rookery))
    label(rookery, "vip")

    assert pointers(api.patch(f"{RULES}/{made.pk}", {"label": "vip"})) == {"#/label"}


def test_the_same_post_again_makes_one_rule(api: Api, rookery: Community) -> None:
    label(rookery)

    first, second = (api.post(RULES, wish(), headers={"Idempotency-Key": "k"}) for _ in range(2))

    assert first.json() == second.json()
    assert LabelRule.objects.count() == 1


def test_changes_are_on_the_record_before_and_after(api: Api, rookery: Community) -> None:
    label(rookery)
    made = api.post(RULES, wish()).json()
    api.patch(f"{RULES}/{made['id']}", {"priority": 3})
    api.delete(f"{RULES}/{made['id']}?take=true")

    events = list(AuditEvent.objects.filter(action__startswith="label_rule").order_by("id"))
    assert [each.action.partition(".")[2] for each in events] == ["added", "changed", "removed"]
    assert events[1].details["before"]["priority"] == 0
    assert events[1].details["after"]["priority"] == 3
    assert events[2].details["before"]["take"] is True
    assert {each.target for each in events} == {f"label_rule:{made['id']}"}


@pytest.mark.parametrize("role", [Role.MEMBER, Role.MODERATOR])
def test_only_those_who_manage_labels_make_rules(rookery: Community, role: Role) -> None:
    label(rookery)
    bob = Api(make.key(make.member(rookery, make.user("bob"), role), place=rookery))
    made = rule(rookery, label(rookery, "vip"))

    assert bob.get(f"{RULES}/{made.pk}").status_code == 200
    for method, path, body in [
        ("POST", RULES, wish()),
        ("POST", f"{RULES}/preview", wish()),
        ("PATCH", f"{RULES}/{made.pk}", {"enabled": False}),
        ("POST", f"{RULES}/{made.pk}/run", None),
        ("POST", f"{RULES}/{made.pk}/preview", None),
        ("DELETE", f"{RULES}/{made.pk}", None),
    ]:
        assert bob.send(method, path, body).status_code == 403, path


def test_nobody_makes_a_rule_for_a_label_they_may_not_give(
    rookery: Community, alice: User
) -> None:
    bob = make.member(rookery, make.user("bob"), Role.MODERATOR)
    label(rookery, "manager", grants=["labels:manage"])
    label(rookery, "ban-hammer", grants=["commands:ban"])
    labels.give(community_id=rookery.pk, user_id=bob.pk, name="manager")
    key = Api(make.key(bob, place=rookery))

    refused = key.post(RULES, wish(label="ban-hammer"))
    assert refused.status_code in {403}, refused.content
    assert not LabelRule.objects.exists()


def test_a_rule_of_another_community_is_none(api: Api, alice: User) -> None:
    stranger = make.user("stranger")
    elsewhere = make.community(owner=stranger)
    theirs = rule(elsewhere, label(elsewhere))

    for method, path in [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/run"),
        ("POST", "/preview"),
        ("GET", "/runs"),
    ]:
        body: dict[str, str] | None = {} if method == "PATCH" else None
        found = api.send(method, f"{RULES}/{theirs.pk}{path}", body)
        missing = api.send(method, f"{RULES}/{10**15}{path}", body)
        assert (found.status_code, found.json()) == (404, missing.json())
    assert api.get(f"{RULES}?community={elsewhere.slug}").status_code == 404


def test_facts_are_told_with_all_that_a_form_needs(api: Api) -> None:
    facts = {each["name"]: each for each in api.get(f"{RULES}/facts").json()["facts"]}

    assert facts.keys() == MEMBER_FACTS.keys()
    assert facts["messages"]["operators"] == [">=", ">", "==", "<", "<="]
    assert (facts["messages"]["most_days"], facts["messages"]["days"]) == (366, None)
    assert facts["role"]["values"] == ["none", "member", "moderator", "admin", "owner"]
    assert (facts["subscribed"]["operators"], facts["subscribed"]["leave"]) == (["=="], False)


def test_a_label_that_is_removed_switches_off_the_rules_about_it(
    api: Api, rookery: Community
) -> None:
    vip, regular = label(rookery, "vip"), label(rookery)
    writer(rookery, "bob")
    gives = rule(rookery, vip)
    asks = rule(rookery, regular, {"not": {"label": "vip"}}, enabled=False)
    api.patch(f"{RULES}/{asks.pk}", {"enabled": True})
    run()

    confirmed = f"/labels/v1/labels/{vip.pk}?confirm=vip"
    impact = api.get(f"/labels/v1/labels/{vip.pk}/impact").json()
    assert api.delete(confirmed).status_code == 204
    run()

    assert {each["id"] for each in impact["rules"]} == {gives.pk, asks.pk}
    shown = [api.get(f"{RULES}/{each.pk}").json() for each in (gives, asks)]
    assert [each["enabled"] for each in shown] == [False, False]
    assert [each["disabled_because"] for each in shown] == [
        "the label it gives was removed",
        "a label that it asks for was removed",
    ]
    again = api.patch(f"{RULES}/{asks.pk}", {"enabled": True})
    assert (again.status_code, again.json()["code"]) == (409, "rule_disabled")
    assert api.patch(f"{RULES}/{asks.pk}", {"name": "old"}).status_code == 200


def test_what_a_removed_rule_gave_stays_unless_it_is_to_be_taken(
    api: Api, rookery: Community
) -> None:
    regular, vip = label(rookery), label(rookery, "vip")
    bob = writer(rookery, "bob", 100)
    kept, taken = rule(rookery, regular), rule(rookery, vip)
    labels.give(community_id=rookery.pk, user_id=writer(rookery, "carol").pk, name="vip")
    run()

    assert api.delete(f"{RULES}/{kept.pk}").status_code == 204
    assert api.delete(f"{RULES}/{taken.pk}?take=true").status_code == 204
    assert api.get(f"{RULES}/{taken.pk}").status_code == 404
    assert rule(rookery, vip, messages(900), enabled=False).name == taken.name
    run()

    assert (holders(regular), holders(vip)) == ({"bob"}, {"carol"})
    assert not LabelRule.objects.filter(pk__in=[kept.pk, taken.pk]).exists()
    assert not LabelSuppression.objects.filter(user=bob).exists()


def test_take_is_true_or_false(api: Api, rookery: Community) -> None:
    made = rule(rookery, label(rookery))

    assert pointers(api.delete(f"{RULES}/{made.pk}?take=perhaps")) == {"#/take"}


def test_a_run_is_begun_by_hand_once_and_listed(api: Api, rookery: Community) -> None:
    regular = label(rookery)
    made = rule(rookery, regular)
    run()
    writer(rookery, "bob", 100)

    first, second = (api.post(f"{RULES}/{made.pk}/run") for _ in range(2))
    assert (first.status_code, first.json()["state"]) == (202, "running")
    assert first.json() == second.json()
    run()

    listed = api.get(f"{RULES}/{made.pk}/runs").json()["results"]
    assert [(each["trigger"], each["state"], each["added"]) for each in listed] == [
        ("hand", "done", 1),
        ("change", "done", 0),
    ]
    assert RuleRun.objects.get(trigger="hand").actor == f"key:{str(api.key)[3:15]}"


def test_a_rule_that_is_switched_off_is_not_run(api: Api, rookery: Community) -> None:
    made = rule(rookery, label(rookery), enabled=False)

    assert api.post(f"{RULES}/{made.pk}/run").json()["code"] == "rule_disabled"


def test_a_removed_label_is_not_given_by_a_rule_that_nobody_told(rookery: Community) -> None:
    regular = label(rookery)
    writer(rookery, "bob", 100)
    made = rule(rookery, regular)
    regular.deleted_at = timezone.now()
    regular.save()
    run()

    made.refresh_from_db()
    assert (made.enabled, made.disabled_because) == (False, "the label it gives was removed")
    assert RuleRun.objects.get().error == "the label it gives was removed"
    assert holders(regular) == set()


def test_conditions_that_cannot_be_read_any_more_switch_the_rule_off_and_break_nothing(
    api: Api, rookery: Community
) -> None:
    regular = label(rookery)
    broken, sound = rule(rookery, regular, name="broken"), rule(rookery, regular)
    LabelRule.objects.filter(pk=broken.pk).update(
        conditions={"fact": "luck"}, due_at=timezone.now()
    )
    writer(rookery, "bob", 100)
    run()

    assert holders(regular) == {"bob"}
    shown = {each["id"]: each for each in api.get(RULES).json()["results"]}
    assert shown[sound.pk]["enabled"]
    assert shown[broken.pk]["disabled_because"] == "its conditions mean nothing any more"
    assert api.patch(f"{RULES}/{broken.pk}", {"enabled": True}).status_code == 409
    changed = api.patch(f"{RULES}/{broken.pk}", {"enabled": True, "conditions": messages()})
    assert changed.status_code == 200
