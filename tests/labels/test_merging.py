"""Two people become one, with all they hold, and part again."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from identity.data import Person
from identity.models import AccountMerge, Community, User
from identity.operations.merging import absorb_staged, gather_late_rows, undo_merge
from labels import api as labels
from labels.data import Change, Giver, Kind, Pin
from labels.models import (
    EntityGroup,
    GroupMember,
    Label,
    LabelSuppression,
    RoleGrant,
    RoleRule,
    UserLabel,
)  # fmt: skip
from labels.operations.assigning import assign, remove
from labels.signals import labels_changed
from tests.labels.people import seen

NOW = timezone.now()
SOON, LATE = NOW + timedelta(days=1), NOW + timedelta(days=9)


@pytest.fixture
def bob(rookery: Community) -> Person:
    return seen(rookery, "bob")


@pytest.fixture
def told() -> Iterator[list[Change]]:
    """Return what is announced of labels from now on."""
    heard: list[Change] = []

    def hear(*, changes: tuple[Change, ...], **_: Any) -> None:
        heard.extend(changes)

    labels_changed.connect(hear)
    yield heard
    labels_changed.disconnect(hear)


def label(place: Community, name: str) -> Label:
    row, _ = Label.objects.get_or_create(
        community=place, name=name, deleted_at=None, defaults={"exclusive": "/" in name}
    )
    return row


def give(place: Community, user_id: int, name: str, until: datetime | None = None) -> None:
    assign(
        community_id=place.pk,
        kind=Kind.USER,
        pins=[Pin(label(place, name).pk, user_id, valid_until=until)],
        giver=Giver("system"),
        now=NOW,
    )


def held(place: Community, user_id: int, now: datetime = NOW) -> set[str]:
    return set(labels.names_of(community_id=place.pk, user_id=user_id, now=now))


def merge(survivor: User, absorbed: Person) -> AccountMerge:
    absorb_staged(survivor_id=survivor.pk, absorbed_id=absorbed.id, actor="system", now=NOW)
    return AccountMerge.objects.latest("pk")


def undo(done: AccountMerge) -> None:
    User.objects.filter(pk=done.survivor_id).update(password="has a way in")
    undo_merge(merge_id=done.pk, actor="system", now=NOW)


def test_of_two_labels_that_exclude_each_other_the_survivors_stays(
    rookery: Community, alice: User, bob: Person
) -> None:
    give(rookery, alice.pk, "tier/gold", SOON)
    give(rookery, bob.id, "tier/silver")

    done = merge(alice, bob)
    assert held(rookery, alice.pk) == {"tier/gold"}
    undo(done)

    assert (held(rookery, alice.pk), held(rookery, bob.id)) == ({"tier/gold"}, {"tier/silver"})


def test_what_is_over_gives_way_though_nobody_has_swept_it(
    rookery: Community, alice: User, bob: Person
) -> None:
    give(rookery, alice.pk, "tier/gold", SOON)
    UserLabel.objects.update(valid_until=NOW - timedelta(days=1))
    give(rookery, bob.id, "tier/silver")

    done = merge(alice, bob)
    assert held(rookery, alice.pk) == {"tier/silver"}
    undo(done)

    assert (held(rookery, alice.pk), held(rookery, bob.id)) == (set(), {"tier/silver"})


def test_of_one_label_held_twice_the_longer_stays(
    rookery: Community, alice: User, bob: Person
) -> None:
    give(rookery, alice.pk, "vip", SOON)
    give(rookery, bob.id, "vip", LATE)

    done = merge(alice, bob)
    assert (held(rookery, alice.pk, SOON), held(rookery, alice.pk, LATE)) == ({"vip"}, set())
    undo(done)

    assert (held(rookery, alice.pk, SOON), held(rookery, bob.id, SOON)) == (set(), {"vip"})


def test_what_came_late_to_the_absorbed_is_not_in_the_way_of_an_undo(
    rookery: Community, alice: User, bob: Person
) -> None:
    give(rookery, bob.id, "tier/gold")
    done = merge(alice, bob)
    # A process that still knew bob by his old id has written under it.
    UserLabel.objects.create(label=label(rookery, "tier/silver"), community=rookery,
                             user_id=bob.id, exclusive_scope="tier")  # fmt: skip

    undo(done)

    assert (held(rookery, alice.pk), held(rookery, bob.id)) == (set(), {"tier/gold"})


def test_what_came_late_twice_comes_back_once(
    rookery: Community, alice: User, bob: Person
) -> None:
    give(rookery, alice.pk, "vip")
    done = merge(alice, bob)
    for _ in range(2):
        UserLabel.objects.create(label=label(rookery, "vip"), community=rookery, user_id=bob.id)
        gather_late_rows(now=NOW)

    undo(done)

    assert (held(rookery, alice.pk), held(rookery, bob.id)) == ({"vip"}, {"vip"})


def test_what_was_taken_from_both_stays_gone_after_another_merge(
    rookery: Community, alice: User, bob: Person
) -> None:
    give(rookery, alice.pk, "vip")
    give(rookery, bob.id, "vip")
    first = merge(alice, bob)
    remove(
        community_id=rookery.pk,
        kind=Kind.USER,
        pins=[Pin(label(rookery, "vip").pk, alice.pk)],
        giver=Giver("system"),
        now=NOW,
    )
    undo(first)
    give(rookery, alice.pk, "vip")

    undo(merge(alice, bob))

    assert (held(rookery, alice.pk), held(rookery, bob.id)) == ({"vip"}, set())


def test_groups_suppressions_and_roles_come_along_and_go_back(
    rookery: Community, alice: User, bob: Person
) -> None:
    vip, both = label(rookery, "vip"), EntityGroup.objects.create(community=rookery, name="both")
    rule = RoleRule.objects.create(
        group=both, label=vip, platform="discord", server_id="1", role="2"
    )
    for user_id in (alice.pk, bob.id):
        GroupMember.objects.create(group=both, user_id=user_id)
        LabelSuppression.objects.create(label=vip, user_id=user_id)
        RoleGrant.objects.create(rule=rule, user_id=user_id, platform_user_id=str(user_id))

    done = merge(alice, bob)
    assert owners(GroupMember) == owners(LabelSuppression) == [alice.pk]
    assert owners(RoleGrant) == [alice.pk, alice.pk]
    undo(done)

    for model in (GroupMember, LabelSuppression, RoleGrant):
        assert owners(model) == [alice.pk, bob.id]


def owners(model: Any) -> list[int]:
    return sorted(model.objects.values_list("user_id", flat=True))


def test_others_are_told_what_the_two_hold_by_now(
    rookery: Community, alice: User, bob: Person, told: list[Change]
) -> None:
    give(rookery, alice.pk, "tier/gold")
    give(rookery, bob.id, "tier/silver")
    names = dict(Label.objects.values_list("pk", "name"))
    told.clear()

    done = merge(alice, bob)
    assert {(names[each.label_id], *each.targets, each.gained) for each in told} == {
        ("tier/gold", alice.pk, True),
        ("tier/gold", bob.id, False),
        ("tier/silver", alice.pk, False),
        ("tier/silver", bob.id, False),
    }
    told.clear()
    undo(done)

    gained = {(names[each.label_id], *each.targets) for each in told if each.gained}
    assert gained == {("tier/gold", alice.pk), ("tier/silver", bob.id)}


def test_a_merge_is_as_many_statements_however_many_labels(
    rookery: Community, alice: User
) -> None:
    costs = []
    for name, count in (("one", 1), ("other", 30)):
        person = seen(rookery, name)
        for number in range(count):
            give(rookery, person.id, f"{name}{number}")
            give(rookery, alice.pk, f"{name}{number}")
        with CaptureQueriesContext(connection) as asked:
            undo(merge(alice, person))
        costs.append(len(asked))

    assert costs[0] == costs[1]
