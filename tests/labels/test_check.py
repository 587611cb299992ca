"""May they, by what way, and what would let them: roles, labels, parents and groups together."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from identity.data import Role
from identity.models import Community, User
from labels import api as labels
from labels.data import Decision, Kind, Requirement
from labels.models import LabelParent
from tests import make
from tests.labels.cast import group, hold, join, label

NOW = datetime(2099, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def bob(rookery: Community) -> User:
    return make.member(rookery, make.user("bob"))


def check(place: Community, person: User, permission: str = "", **rest: Any) -> Decision:
    asked = {"now": timezone.now(), "told_to": person.pk, **rest}
    return labels.check(community_id=place.pk, user_id=person.pk, permission=permission, **asked)


def way(decision: Decision) -> list[tuple[str, str]]:
    """Return the hops of the way, each by its kind and name."""
    names = ("group", "label", "grant", "role")
    return [
        (hop["kind"], next(hop[name] for name in names if name in hop)) for hop in decision.via
    ]


def test_a_role_allows_by_itself(rookery: Community, alice: User) -> None:
    decision = check(rookery, alice, "labels:assign")

    assert decision.allowed
    assert way(decision) == [("role", "owner")]
    assert decision.reason == (
        "labels:assign asks for the role moderator or higher. You are an owner."
    )


@pytest.mark.parametrize("grant", ["queue:skip:song", "queue:skip:*", "queue:*"])
def test_a_label_grants_by_name_or_with_a_star(rookery: Community, bob: User, grant: str) -> None:
    hold(label(rookery, "dj", grant), bob)

    decision = check(rookery, bob, "queue:skip:song")

    assert way(decision) == [("label", "dj"), ("grant", grant)]
    assert decision.reason == f"You hold dj, which grants {grant}."


@pytest.mark.parametrize("grant", ["queue:skip", "queue:skip:songs", "queues:*", "queue:skip:x:*"])
def test_a_grant_of_something_else_allows_nothing(
    rookery: Community, bob: User, grant: str
) -> None:
    hold(label(rookery, "dj", grant), bob)

    assert not check(rookery, bob, "queue:skip:song").allowed


def test_a_label_is_worth_what_its_parents_are(rookery: Community, bob: User) -> None:
    label(rookery, "staff", "queue:*")
    label(rookery, "host", parents=["staff"])
    hold(label(rookery, "guest-host", parents=["host"]), bob)

    decision = check(rookery, bob, "queue:skip")

    assert way(decision) == [
        ("label", "guest-host"), ("parent", "host"), ("parent", "staff"), ("grant", "queue:*"),
    ]  # fmt: skip
    assert "which implies host, which implies staff, which grants queue:*" in decision.reason
    assert check(rookery, bob, requires=Requirement(any_label=frozenset({"staff"}))).allowed


def test_a_circle_of_parents_made_by_hand_ends(rookery: Community, bob: User) -> None:
    one, other = label(rookery, "one", "queue:skip"), label(rookery, "other")
    LabelParent.objects.create(label=one, parent=other)
    LabelParent.objects.create(label=other, parent=one)
    hold(other, bob)

    assert check(rookery, bob, "queue:skip").allowed


def test_a_group_of_groups_lends_its_labels_and_both_hops_are_told(
    rookery: Community, bob: User
) -> None:
    outer = group(rookery, "Crew")
    join(group(rookery, "Weekend crew", parents=("Crew",)), bob)
    hold(label(rookery, "helper", "queue:skip", kind=Kind.ENTITY_GROUP), outer)

    decision = check(rookery, bob, "queue:skip")

    assert way(decision) == [
        ("group", "Weekend crew"), ("group", "Crew"), ("label", "helper"), ("grant", "queue:skip"),
    ]  # fmt: skip
    assert decision.reason == (
        "You are in the group Weekend crew, which is in Crew, "
        "which lends you helper, which grants queue:skip."
    )


@pytest.mark.parametrize(
    ("entity", "allowed"),
    [
        ("discord+1", True), ("discord+1+5", True), ("twitch+a+7", True), ("discord+12", False),
        ("twitch+a", False), ("twitch+a+8", False), ("", False),
    ],
)  # fmt: skip
def test_a_group_of_places_lends_there_alone_and_a_server_covers_its_channels(
    rookery: Community, bob: User, entity: str, *, allowed: bool
) -> None:
    crew = group(rookery, "Crew", "discord+1", "twitch+a+7")
    join(crew, bob)
    hold(label(rookery, "helper", "queue:skip", kind=Kind.ENTITY_GROUP), crew)

    decision = check(rookery, bob, "queue:skip", entity=entity)

    assert decision.allowed is allowed
    if not allowed:
        assert decision.would_allow is not None
        assert decision.would_allow["entities"] == ["discord+1", "twitch+a+7"]


def test_a_system_label_counts_in_every_community(rookery: Community, bob: User) -> None:
    star = label(None, "waddlebot/star", "queue:*")
    assert not check(rookery, bob, "queue:skip").allowed

    hold(star, bob)

    elsewhere = make.community(owner=bob)
    assert way(check(rookery, bob, "queue:skip"))[0] == ("label", "waddlebot/star")
    names = labels.names_of(community_id=elsewhere.pk, user_id=bob.pk, now=timezone.now())
    assert names == {"waddlebot/star"}


def test_a_label_of_one_community_is_worth_nothing_in_another(
    rookery: Community, bob: User
) -> None:
    elsewhere = make.community(owner=make.user())
    hold(label(elsewhere, "dj", "queue:*"), bob)

    assert not check(rookery, bob, "queue:skip").allowed


def test_a_label_counts_from_and_until_the_second(rookery: Community, bob: User) -> None:
    hold(label(rookery, "dj", "queue:*"), bob, since=NOW, until=NOW + timedelta(hours=1))

    moments = [NOW + timedelta(seconds=s) for s in (-1, 0, 3599, 3600)]
    assert [check(rookery, bob, "queue:skip", now=m).allowed for m in moments] == [
        False, True, True, False,
    ]  # fmt: skip
    assert check(rookery, bob, "queue:skip", now=NOW).reason == (
        "You hold dj, which grants queue:*, until Mon 23 Nov 13:00 UTC."
    )


def test_everything_asked_for_must_be_met(rookery: Community, bob: User) -> None:
    asked = Requirement("moderator", frozenset({"vip"}), frozenset({"subscriber"}))
    hold(label(rookery, "vip"), bob)
    assert not check(rookery, bob, requires=asked).allowed

    make.member(rookery, bob, Role.MODERATOR)
    decision = check(rookery, bob, requires=asked, platform_roles=frozenset({"subscriber"}))

    assert way(decision) == [
        ("role", "moderator"), ("label", "vip"), ("platform_role", "subscriber"),
    ]  # fmt: skip


def test_what_somebody_is_on_the_platform_is_worth_a_role(rookery: Community, bob: User) -> None:
    decision = check(rookery, bob, "labels:manage", platform_roles=frozenset({"broadcaster"}))

    assert way(decision) == [("platform_role", "broadcaster"), ("role", "owner")]
    assert decision.reason.endswith(
        "You are broadcaster on the platform, which makes you an owner here."
    )


def test_a_grant_opens_what_a_requirement_would_not(rookery: Community, bob: User) -> None:
    hold(label(rookery, "dj", "queue:skip"), bob)

    assert check(rookery, bob, "queue:skip", requires=Requirement("owner")).allowed


@pytest.mark.parametrize("grant", ["queue:skip", "queue:*"])
def test_a_label_that_nobody_gave_them_is_named_be_it_worth_the_grant_itself_or_by_a_parent(
    rookery: Community, bob: User, grant: str
) -> None:
    label(rookery, "other", "queue:stop")
    parent = label(rookery, "zz", grant)
    LabelParent.objects.create(label=label(rookery, "dj"), parent=parent)

    decision = check(rookery, bob, "queue:skip")

    assert decision.would_allow is not None
    assert (decision.would_allow["kind"], decision.would_allow["label"]) == ("label", "dj")
    assert "dj, which grants it, may be given by" in decision.reason


def test_everything_is_asked_of_memory(
    rookery: Community, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    hold(label(rookery, "dj", "queue:skip"), bob)
    check(rookery, bob, "queue:skip")

    with django_assert_num_queries(0):
        assert check(rookery, bob, "queue:skip").allowed
        assert not check(rookery, bob, "queue:stop").allowed


def test_whoever_is_not_known_holds_nothing(
    rookery: Community, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    check(rookery, bob)

    with django_assert_num_queries(0):
        decision = labels.check(
            community_id=rookery.pk, user_id=0, permission="queue:skip", now=timezone.now()
        )
    assert not decision.allowed
