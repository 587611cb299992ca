from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from identity.models import AuditEvent, Community, User
from labels.data import Change, Giver, Kind, Pin, Result, Source, Status
from labels.models import Label, LabelSettings, LabelSuppression, UserLabel
from labels.operations.assigning import assign, remove
from labels.signals import labels_changed
from tests import make

RULE = Giver("rule:7", Source.RULE, "7")
MANUAL = Giver("user:1")


@pytest.fixture
def bob(db: None) -> User:
    return make.user("bob")


def label(place: Community, name: str = "vip", **rest: Any) -> Label:
    return Label.objects.create(community=place, name=name, **rest)


def give(*pins: Pin, giver: Giver = MANUAL, now: datetime | None = None) -> list[Result]:
    community_id = Label.objects.get(pk=pins[0].label_id).community_id
    return assign(
        community_id=community_id,
        kind=Kind.USER,
        pins=pins,
        giver=giver,
        now=now or timezone.now(),
    )


def take(*pins: Pin, giver: Giver = MANUAL, now: datetime | None = None) -> list[Result]:
    community_id = Label.objects.get(pk=pins[0].label_id).community_id
    return remove(
        community_id=community_id,
        kind=Kind.USER,
        pins=pins,
        giver=giver,
        now=now or timezone.now(),
    )


def said(results: Iterable[Result]) -> list[str]:
    return [result.code or result.status.value for result in results]


def held() -> list[tuple[str, int]]:
    spells = UserLabel.objects.filter(ended_at=None).order_by("label__name", "user")
    return list(spells.values_list("label__name", "user"))


def endings() -> list[tuple[str, str]]:
    spells = UserLabel.objects.exclude(ended_at=None).order_by("pk")
    return list(spells.values_list("label__name", "ended_because"))


def test_a_label_given_twice_is_held_once(rookery: Community, bob: User) -> None:
    vip = Pin(label(rookery).pk, bob.pk)

    assert said(give(vip, vip)) == ["created", "unchanged"]

    assert said(give(vip)) == ["unchanged"]
    assert UserLabel.objects.count() == 1


def test_other_dates_are_another_spell(rookery: Community, bob: User) -> None:
    vip, until = label(rookery), timezone.now() + timedelta(days=7)
    give(Pin(vip.pk, bob.pk))

    results = give(Pin(vip.pk, bob.pk, valid_until=until))

    assert said(results) == ["replaced"]
    assert endings() == [("vip", "replaced")]
    assert UserLabel.objects.get(ended_at=None).valid_until == until


def test_what_is_over_ends_by_itself_and_is_given_anew(rookery: Community, bob: User) -> None:
    vip, now = label(rookery), timezone.now()
    until = now + timedelta(hours=1)
    give(Pin(vip.pk, bob.pk, valid_until=until), now=now)

    results = give(Pin(vip.pk, bob.pk), now=until)

    assert said(results) == ["created"]
    ended = UserLabel.objects.exclude(ended_at=None).get()
    assert (ended.ended_at, ended.ended_because, ended.ended_by) == (until, "expired", "")


@pytest.mark.parametrize("minutes", [(None, 0), (None, -1), (5, 5), (9, 5)])
def test_what_is_over_before_it_begins_is_refused(
    minutes: tuple[int | None, int], rookery: Community, bob: User
) -> None:
    now = timezone.now()
    begins, ends = (None if m is None else now + timedelta(minutes=m) for m in minutes)

    results = give(Pin(label(rookery).pk, bob.pk, begins, ends), now=now)

    assert said(results) == ["invalid"]
    assert held() == []


def test_exclusive_siblings_replace_each_other(rookery: Community, bob: User) -> None:
    silver, gold = (label(rookery, f"tier/{name}", exclusive=True) for name in ("silver", "gold"))
    give(Pin(silver.pk, bob.pk))

    results = give(Pin(gold.pk, bob.pk))

    assert said(results) == ["replaced"]
    assert (held(), endings()) == ([("tier/gold", bob.pk)], [("tier/silver", "replaced")])


def test_of_siblings_in_one_list_the_last_counts(rookery: Community, bob: User) -> None:
    silver, gold = (
        Pin(label(rookery, f"tier/{name}", exclusive=True).pk, bob.pk)
        for name in ("silver", "gold")
    )

    results = give(gold, silver, gold)

    assert said(results) == ["created", "superseded", "unchanged"]
    assert results[1].status is Status.UNCHANGED
    assert said(give(gold, silver, gold)) == ["unchanged", "superseded", "unchanged"]
    assert UserLabel.objects.count() == 1


def test_nobody_holds_more_labels_than_they_may(rookery: Community, bob: User) -> None:
    LabelSettings.objects.create(community=rookery, max_per_object=2)
    pins = [Pin(label(rookery, name).pk, bob.pk) for name in "abcd"]
    give(pins[0])

    assert said(give(*pins)) == ["unchanged", "created", "quota_exceeded", "quota_exceeded"]

    take(pins[0])
    assert said(give(*pins[2:])) == ["created", "quota_exceeded"]


def test_a_sibling_takes_the_room_of_the_one_it_replaces(rookery: Community, bob: User) -> None:
    LabelSettings.objects.create(community=rookery, max_per_object=1)
    pins = [Pin(label(rookery, f"tier/{n}", exclusive=True).pk, bob.pk) for n in "ab"]

    assert [said(give(pin)) for pin in pins] == [["created"], ["replaced"]]


def test_what_is_over_takes_no_room(rookery: Community, bob: User) -> None:
    LabelSettings.objects.create(community=rookery, max_per_object=1)
    vip, star, now = label(rookery), label(rookery, "star"), timezone.now()
    until = now + timedelta(hours=1)
    give(Pin(vip.pk, bob.pk, valid_until=until), now=now)

    assert said(give(Pin(star.pk, bob.pk), now=now)) == ["quota_exceeded"]
    assert said(give(Pin(star.pk, bob.pk), now=until)) == ["created"]


def test_a_rule_does_not_give_back_what_was_taken_by_hand(rookery: Community, bob: User) -> None:
    vip = Pin(label(rookery).pk, bob.pk)
    give(vip, giver=RULE)
    assert said(take(vip)) == ["removed"]

    assert said(give(vip, giver=RULE)) == ["suppressed"]
    assert held() == []

    give(vip)
    take(vip, giver=RULE)
    assert not LabelSuppression.objects.exists()


def test_a_rule_leaves_what_people_gave(rookery: Community, bob: User) -> None:
    until = timezone.now() + timedelta(days=1)
    silver, gold = (label(rookery, f"tier/{n}", exclusive=True).pk for n in ("silver", "gold"))
    give(Pin(gold, bob.pk, valid_until=until))

    pins = (Pin(gold, bob.pk), Pin(silver, bob.pk))
    results = [said(give(pin, giver=RULE)) for pin in pins]

    assert results == [["given_by_hand"], ["given_by_hand"]]
    assert UserLabel.objects.get().valid_until == until


def test_whoever_gives_by_hand_what_a_rule_gave_makes_it_theirs(
    rookery: Community, bob: User
) -> None:
    vip = Pin(label(rookery).pk, bob.pk)
    give(vip, giver=RULE)

    assert said([*give(vip), *give(vip)]) == ["replaced", "unchanged"]

    assert said(take(vip, giver=RULE)) == ["given_otherwise"]
    assert held() == [("vip", bob.pk)]


@pytest.mark.parametrize(
    ("giver", "taker", "outcome"),
    [
        (RULE, RULE, "removed"),
        (RULE, Giver("rule:8", Source.RULE, "8"), "given_otherwise"),
        (RULE, Giver("job:1", Source.IMPORT, "1"), "given_otherwise"),
        (RULE, MANUAL, "removed"),
        (Giver("job:1", Source.IMPORT, "1"), Giver("job:2", Source.IMPORT, "2"), "removed"),
        (Giver("module:a", Source.MODULE, "a"), Giver("b", Source.MODULE, "b"), "given_otherwise"),
    ],
)
def test_programs_take_only_what_they_gave(
    giver: Giver, taker: Giver, outcome: str, rookery: Community, bob: User
) -> None:
    vip = Pin(label(rookery).pk, bob.pk)
    give(vip, giver=giver)

    assert said(take(vip, vip, giver=taker)) == [outcome, "unchanged"]


def test_only_what_is_taken_by_hand_is_suppressed(rookery: Community, bob: User) -> None:
    vip = Pin(label(rookery).pk, bob.pk)
    give(vip, giver=RULE)

    take(vip, giver=RULE)

    assert not LabelSuppression.objects.exists()


def test_labels_and_people_that_are_not_there_fail_alone(rookery: Community, bob: User) -> None:
    vip, gone = label(rookery), label(rookery, "gone", deleted_at=timezone.now())
    other = label(make.community(owner=make.user()), "elsewhere")
    pins = [Pin(vip.pk, bob.pk), Pin(gone.pk, bob.pk), Pin(other.pk, bob.pk), Pin(vip.pk, 2**60)]

    assert said(give(*pins)) == ["created", "unknown_label", "unknown_label", "unknown_object"]
    assert said(take(*pins)) == ["removed", "unknown_label", "unknown_label", "unknown_object"]


def test_the_apps_hear_once_who_gained_and_who_lost_what(rookery: Community, bob: User) -> None:
    heard: list[tuple[Change, ...]] = []
    silver, gold = (label(rookery, f"tier/{n}", exclusive=True) for n in ("silver", "gold"))
    give(Pin(silver.pk, bob.pk))

    def hear(changes: tuple[Change, ...], **_: Any) -> None:
        heard.append(changes)

    labels_changed.connect(hear)
    try:
        give(Pin(gold.pk, bob.pk))
        give(Pin(gold.pk, bob.pk))
    finally:
        labels_changed.disconnect(hear)

    assert heard == [
        (
            Change(gold.pk, Kind.USER, (bob.pk,), gained=True, because="manual"),
            Change(silver.pk, Kind.USER, (bob.pk,), gained=False, because="replaced"),
        )
    ]


def test_an_operation_is_one_row_of_the_log(rookery: Community, bob: User, alice: User) -> None:
    silver, gold = (label(rookery, f"tier/{n}", exclusive=True) for n in ("silver", "gold"))
    give(Pin(silver.pk, bob.pk))

    give(Pin(gold.pk, bob.pk), Pin(gold.pk, alice.pk))

    event = AuditEvent.objects.latest("id")
    assert (event.action, event.actor, event.target) == ("label_given", "user:1", "")
    assert event.details["before"] == {
        "assignments": 1,
        "holders": {f"label:{silver.pk}": str(bob.pk)},
    }
    assert event.details["after"] == {
        "assignments": 2,
        "holders": {f"label:{gold.pk}": f"{bob.pk} {alice.pk}"},
    }


@pytest.mark.parametrize("count", [1, 60])
def test_a_thousand_cost_as_many_statements_as_one(
    count: int, rookery: Community, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    people = User.objects.bulk_create(User(username=f"p{number}") for number in range(count))
    gold, vip = label(rookery, "tier/gold", exclusive=True), label(rookery)
    give(Pin(gold.pk, people[0].pk))
    pins = [Pin(each.pk, person.pk) for person in people for each in (gold, vip)]

    with django_assert_num_queries(13):
        give(*pins)
    with django_assert_num_queries(13):
        take(*pins)
