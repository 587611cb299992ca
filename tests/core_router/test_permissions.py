"""Labels decide who may use a command, and the answer says why."""

from datetime import UTC, datetime
from typing import Any

import pytest

from identity.data import Role
from identity.models import Community, User
from labels import api as labels
from labels.data import Kind
from labels.models import UserLabel
from labels.operations.announcing import forget_people
from tests import make
from tests.core_router.conftest import Door, line
from tests.labels.cast import group, hold, join, label

FRIDAY = datetime(2020, 11, 20, 18, tzinfo=UTC)


@pytest.fixture
def bob(rookery: Community, door: Door) -> User:
    """Return whoever types in these tests: a member."""
    person = make.member(rookery, make.user("bob"))
    make.link(person, "twitch", "42")
    return person


def traced(door: Door, text: str, **event: Any) -> tuple[Any, Any]:
    """Return the answer, and what its trace says of the permission."""
    answer = door.post("/router/v1/events?trace=true", line(text, **event)).json()
    return answer, next(step for step in answer["trace"] if step["step"] == "permission")


def outcome(door: Door, text: str, **event: Any) -> str:
    return str(door.say(text, **event)["outcome"])


def test_a_label_that_implies_the_one_asked_for_lets_pass(
    door: Door, rookery: Community, bob: User
) -> None:
    make.command(rookery, "hail", any_label=["vip"], response="Hail${label:vip}!")
    label(rookery, "vip")
    assert outcome(door, "!hail") == "denied"

    hold(label(rookery, "gold", parents=["vip"]), bob)

    answer, step = traced(door, "!hail")
    assert answer["actions"][0]["text"] == "Hailvip!"
    assert step["detail"] == ("!hail asks for the label vip. They hold gold, which implies vip.")


@pytest.mark.parametrize("grant", ["commands:Hail", "commands:*"])
def test_a_label_opens_a_command_whatever_it_requires(
    door: Door, rookery: Community, bob: User, grant: str
) -> None:
    make.command(rookery, "hail", min_role="owner", any_label=["vip"])
    hold(label(rookery, "herald", grant), bob)

    answer, step = traced(door, "!hail")

    assert answer["outcome"] == "executed"
    assert step["detail"] == f"They hold herald, which grants {grant.lower()}."


def test_a_grant_of_one_command_opens_no_other(door: Door, rookery: Community, bob: User) -> None:
    make.command(rookery, "hail", min_role="moderator")
    hold(label(rookery, "herald", "commands:hai"), bob)

    assert outcome(door, "!hail") == "denied"


def test_a_refusal_says_what_is_missing_and_who_may_give_it_again(
    door: Door, rookery: Community, alice: User, bob: User
) -> None:
    make.command(rookery, "wave", any_label=["vip"])
    vip = label(rookery, "vip")
    assert door.say("!wave")["reason"]["detail"] == (
        "!wave needs the label vip. vip may be given by a moderator."
    )

    hold(vip, bob, by=f"user:{alice.pk}")
    UserLabel.objects.update(given_at=FRIDAY, ended_at=FRIDAY, ended_because="taken")
    forget_people(community_id=rookery.pk, user_ids=[bob.pk])

    answer, step = traced(door, "!wave")
    assert answer["reason"]["detail"] == (
        "!wave needs the label vip. You held vip until Fri 20 Nov 2020 18:00 UTC; "
        "a moderator may give it again."
    )
    assert (step["ok"], step["remedy"]) == (False, "the label vip")
    assert "They held vip until" in step["detail"]
    # Who gave a label is told to those who give labels.
    said = door.say("!wave", user_roles=["moderator"])["reason"]["detail"]
    assert said.endswith("a moderator may give it again.")
    make.member(rookery, bob, Role.MODERATOR)
    assert door.say("!wave")["reason"]["detail"].endswith("; Alice may give it again.")


def test_a_group_lends_its_labels_in_its_own_channels(
    door: Door, rookery: Community, bob: User
) -> None:
    make.command(rookery, "hail", any_label=["helper"])
    make.entity(rookery, "discord", "1", channel_id="5")
    make.link(bob, "discord", "42")
    crew = group(rookery, "Crew", "discord+1")
    join(crew, bob)
    hold(label(rookery, "helper", kind=Kind.ENTITY_GROUP), crew)

    there = {"platform": "discord", "server_id": "1", "channel_id": "5"}
    assert outcome(door, "!hail", **there) == "executed"
    assert door.say("!hail")["reason"]["detail"] == (
        "!hail needs the label helper. You have helper elsewhere: where the group Crew is."
    )


def test_a_label_taken_closes_the_command_at_once(
    door: Door, rookery: Community, bob: User
) -> None:
    make.command(rookery, "hail", any_label=["vip"])
    labels.give(community_id=rookery.pk, user_id=bob.pk, name="vip")
    assert outcome(door, "!hail") == "executed"

    labels.take(community_id=rookery.pk, user_id=bob.pk, name="vip")

    assert outcome(door, "!hail") == "denied"


def test_a_label_exempts_from_a_rule_and_from_a_limit(
    door: Door, rookery: Community, api: Any, bob: User
) -> None:
    make.command(rookery, "hail")
    home = "/router/v1/communities/rookery"
    exempt = {"exempt": {"any_label": ["vip"]}}
    rule = {"name": "bad", "pattern": "bad", "match": "word", "actions": [{"type": "delete"}]}
    assert api.post(f"{home}/rules", rule | exempt).status_code == 201
    limit = {"scope": "user", "count": 1, "window_s": 60}
    assert api.post(f"{home}/limits", limit | exempt).status_code == 201
    assert outcome(door, "so bad") == "moderated"
    assert [outcome(door, "!hail") for _ in range(2)] == ["executed", "limited"]

    label(rookery, "vip")
    hold(label(rookery, "gold", parents=["vip"]), bob)

    assert outcome(door, "so bad") == "ignored"
    assert [outcome(door, "!hail") for _ in range(2)] == ["executed", "executed"]


def test_what_a_command_requires_answers_for_its_permission(
    rookery: Community, alice: User, door: Door, bob: User
) -> None:
    make.command(rookery, "hug", min_role="member")
    make.command(rookery, "wave", any_label=["vip"])

    def may(person: User, permission: str) -> bool:
        return labels.check(
            community_id=rookery.pk, user_id=person.pk, permission=permission, now=FRIDAY
        ).allowed

    assert [may(bob, f"commands:{name}") for name in ("HUG", "wave", "nothing")] == [
        True, False, False,
    ]  # fmt: skip
    assert [may(alice, f"commands:{name}") for name in ("hug", "wave", "nothing")] == [
        True, False, True,
    ]  # fmt: skip
