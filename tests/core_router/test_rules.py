"""Moderation rules, through their endpoints."""

from collections.abc import Callable
from typing import Any

import pytest

from core_router.models import ModerationRule
from core_router.queries.rules import load_rule_set, rule_set
from identity.models import AuditEvent, Community, User
from tests import make
from tests.client import Api

RULES = "/router/v1/communities/rookery/rules"
BAD = {"name": "bad words", "pattern": "bad", "match": "word"}


def made(api: Api, **wish: Any) -> dict[str, Any]:
    answer = api.post(RULES, BAD | wish)
    assert answer.status_code == 201, answer.content
    rule: dict[str, Any] = answer.json()
    return rule


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_rule_comes_back_as_it_was_sent(api: Api) -> None:
    sent = {
        "name": "cats",
        "pattern": "*cat*",
        "match": "wildcard",
        "allow": ["*education*"],
        "actions": [
            {"type": "delete"},
            {"type": "timeout", "seconds": 600, "reason": "No cats."},
            {"type": "reply", "text": "No cats, please."},
        ],
        "severity": 8,
        "exempt": {"any_label": ["vet"], "min_role": "moderator"},
        "entities": ["twitch+rookery"],
        "mode": "off",
        "case_sensitive": True,
    }

    rule = made(api, **sent)

    assert rule == sent | {"id": rule["id"]}
    assert api.get(f"{RULES}/{rule['id']}").json() == rule
    assert api.get(RULES).json()["results"] == [rule]


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"match": "regex", "pattern": r"(a)\1"}, "unsupported_pattern"),
        ({"match": "regex", "pattern": "(?=a)"}, "unsupported_pattern"),
        ({"match": "wildcard", "pattern": "*"}, "unsupported_pattern"),
        ({"allow": ["*"]}, "unsupported_pattern"),
        ({"pattern": "  "}, "unsupported_pattern"),
        ({"pattern": "a" * 257}, "invalid"),
        ({"match": "caps"}, "unsupported_match"),
        ({"match": "guess"}, "invalid"),
        ({"match": ["word"]}, "invalid"),
        ({"mode": "shadow"}, "unsupported_mode"),
        ({"ladder": [{"after": 1, "do": "warn"}]}, "unsupported_ladder"),
        ({"decay_s": 86400}, "unsupported_decay_s"),
        ({"actions": [{"type": "webhook"}]}, "unsupported_action"),
        ({"actions": [{"type": "dance"}]}, "invalid"),
        ({"actions": [{}]}, "invalid"),
        ({"actions": [{"type": "timeout"}]}, "invalid"),
        ({"actions": [{"type": "ban", "seconds": 5}]}, "invalid"),
        ({"actions": [{"type": "reply"}]}, "invalid"),
        ({"actions": [{"type": "reply", "text": "x", "reason": "y"}]}, "invalid"),
        ({"actions": [{"type": "warn"}] * 6}, "invalid"),
        ({"severity": 11}, "invalid"),
        ({"severity": True}, "invalid"),
        ({"exempt": {"min_role": "emperor"}}, "invalid"),
        ({"entities": ["nowhere"]}, "invalid_entity"),
        ({"colour": "red"}, "invalid"),
        ({"name": None}, "invalid"),
        ({"name": "nul\0"}, "malformed"),
    ],
)
def test_what_no_rule_can_be_is_refused(api: Api, wish: Any, code: str) -> None:
    answer = api.post(RULES, BAD | wish)

    assert problem(answer) == (400, code)
    assert not ModerationRule.objects.exists()


def test_what_comes_later_may_be_sent_empty(api: Api) -> None:
    assert "ladder" not in made(api, ladder=[], decay_s=None)


def test_two_rules_of_one_name_are_a_conflict(api: Api) -> None:
    first = made(api)
    other = made(api, name="other")

    assert problem(api.post(RULES, BAD)) == (409, "rule_conflict")
    assert problem(api.patch(f"{RULES}/{other['id']}", {"name": first["name"]})) == (
        409,
        "rule_conflict",
    )


def test_a_change_counts_at_once(api: Api, rookery: Community) -> None:
    rule = made(api)
    assert rule_set(rookery.pk).scan("bad")

    answer = api.patch(f"{RULES}/{rule['id']}", {"pattern": "worse", "allow": ["worse*"]})

    assert answer.json() == rule | {"pattern": "worse", "allow": ["worse*"]}
    assert not rule_set(rookery.pk).scan("bad worse")
    api.patch(f"{RULES}/{rule['id']}", {"allow": []})
    assert rule_set(rookery.pk).scan("worse")


@pytest.mark.parametrize("way", ["off", "removed"])
def test_a_rule_that_is_off_or_gone_hits_nothing(api: Api, rookery: Community, way: str) -> None:
    rule = made(api)
    assert rule_set(rookery.pk).scan("bad")

    path = f"{RULES}/{rule['id']}"
    answer = api.patch(path, {"mode": "off"}) if way == "off" else api.delete(path)

    assert answer.status_code in {200, 204}
    assert not rule_set(rookery.pk)


def test_a_change_that_is_refused_changes_nothing(api: Api) -> None:
    rule = made(api)

    answer = api.patch(f"{RULES}/{rule['id']}", {"match": "regex", "pattern": "("})

    assert problem(answer) == (400, "unsupported_pattern")
    assert api.get(f"{RULES}/{rule['id']}").json() == rule


def test_another_communitys_rule_looks_like_none(api: Api) -> None:
    carol = make.user("carol")
    elsewhere = make.community(owner=carol, slug="colony")
    theirs = Api(make.key(carol, place=elsewhere))
    rule = theirs.post("/router/v1/communities/colony/rules", BAD).json()
    path = f"{RULES}/{rule['id']}"

    answers = [api.get(path), api.patch(path, {"severity": 1}), api.delete(path)]

    assert [problem(answer) for answer in answers] == [(404, "not_found")] * 3
    assert ModerationRule.objects.get().severity == 5


def test_a_key_that_only_reads_changes_nothing(api: Api, alice: User, rookery: Community) -> None:
    rule = made(api)
    reader = Api(make.key(alice, scopes=["router:read"], place=rookery))

    assert reader.get(f"{RULES}/{rule['id']}").status_code == 200
    assert reader.post(RULES, BAD).status_code == 403
    assert reader.patch(f"{RULES}/{rule['id']}", {"severity": 1}).status_code == 403
    assert reader.delete(f"{RULES}/{rule['id']}").status_code == 403
    assert reader.post(f"{RULES}/test", {"text": "bad"}).status_code == 403


def test_who_changed_what_is_written_down(api: Api) -> None:
    rule = made(api)
    api.patch(f"{RULES}/{rule['id']}", {"severity": 9})

    entry = AuditEvent.objects.get(action="rule.changed")

    assert entry.target == f"rule:{rule['id']}"
    assert (entry.details["before"]["severity"], entry.details["after"]["severity"]) == (5, 9)


def test_a_community_has_a_bounded_number_of_rules(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core_router.operations.rules.MOST_RULES", 1)
    made(api)

    assert problem(api.post(RULES, BAD | {"name": "more"})) == (409, "too_many_rules")


def test_all_regexes_together_are_bounded_too(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core_router.operations.rules.MOST_REGEX", 2_000)
    large = {"match": "regex", "pattern": r"\pL+"}
    made(api, **large)

    assert problem(api.post(RULES, BAD | large | {"name": "more"})) == (409, "too_many_rules")
    made(api, name="a word")


def test_a_trial_tells_what_hits_where_and_which_wins(api: Api) -> None:
    mild = made(api, severity=2)
    harsh = made(
        api, name="harsh", pattern="b.d", match="regex", severity=9, actions=[{"type": "ban"}]
    )

    trial = api.post(f"{RULES}/test", {"text": "So B\u200bAD!"}).json()

    assert trial["normalised"] == "so bad!"
    assert trial["winner"] == {"id": harsh["id"], "name": "harsh"}
    assert [hit["rule"]["id"] for hit in trial["hits"]] == [harsh["id"], mild["id"]]
    assert trial["hits"][0] == {
        "rule": trial["winner"],
        "severity": 9,
        "spans": [[3, 7]],
        "matched": ["B\u200bAD"],
        "actions": [{"type": "ban"}],
        "wins": True,
    }


def test_a_rule_can_be_tried_before_it_is_kept(api: Api) -> None:
    made(api)
    rule = {"pattern": "*cat*", "match": "wildcard", "allow": ["*education*"]}

    hit = api.post(f"{RULES}/test", {"text": "cattle, bad", "rule": rule}).json()
    miss = api.post(f"{RULES}/test", {"text": "education, bad", "rule": rule}).json()

    assert [one["matched"] for one in hit["hits"]] == [["cat"]]
    assert hit["winner"] == {"id": None, "name": "this rule"}
    assert (miss["hits"], miss["winner"]) == ([], None)
    assert ModerationRule.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid"),
        ({"text": 7}, "invalid"),
        ({"text": "x", "rule": {"pattern": "("}}, "invalid"),
        ({"text": "x", "rule": {"pattern": "(", "match": "regex"}}, "unsupported_pattern"),
        ({"text": "x", "rule": []}, "invalid"),
    ],
)
def test_a_trial_of_nonsense_is_refused(api: Api, body: Any, code: str) -> None:
    assert problem(api.post(f"{RULES}/test", body)) == (400, code)


def test_the_longest_message_can_be_tried(api: Api) -> None:
    made(api)

    answer = api.post(f"{RULES}/test", {"text": "x " * 32_760 + "bad"})

    assert answer.json()["hits"][0]["spans"] == [[65_520, 65_523]]


def test_rules_are_one_query(
    api: Api, rookery: Community, django_assert_num_queries: Callable[[int], Any]
) -> None:
    made(api)
    made(api, name="other")

    with django_assert_num_queries(1):
        load_rule_set(str(rookery.pk))
