from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from identity.models import Community, User
from labels.api import names_of
from labels.data import Change, Giver, Kind, Pin
from labels.models import Label, ObjectLabel, UserLabel
from labels.operations.assigning import assign
from labels.operations.assigning.expiring import end_expired
from labels.signals import labels_changed
from labels.tasks import end_expired as task
from tests import make

NOW = timezone.now()
SOON = NOW + timedelta(hours=1)


@pytest.fixture
def heard() -> Iterator[list[tuple[int | None, tuple[Change, ...]]]]:
    found: list[tuple[int | None, tuple[Change, ...]]] = []

    def hear(community_id: int | None, changes: tuple[Change, ...], **_: Any) -> None:
        found.append((community_id, changes))

    labels_changed.connect(hear)
    yield found
    labels_changed.disconnect(hear)


def given(
    place: Community, target: int | str, kind: Kind = Kind.USER, until: datetime = SOON
) -> Label:
    label, _ = Label.objects.get_or_create(community=place, name="vip", kind=kind.value)
    pins = [Pin(label.pk, target, valid_until=until)]
    assign(community_id=place.pk, kind=kind, pins=pins, giver=Giver("user:1"), now=NOW)
    return label


def expire(now: datetime) -> int:
    return end_expired(clock=lambda: now)


def test_what_is_over_has_ended_when_it_was_over(rookery: Community, alice: User) -> None:
    given(rookery, alice.pk)

    assert (expire(SOON - timedelta(seconds=1)), expire(SOON), expire(SOON)) == (0, 1, 0)

    spell = UserLabel.objects.get()
    assert (spell.ended_at, spell.ended_because, spell.ended_by) == (SOON, "expired", "")


def test_nobody_holds_what_is_over_before_it_is_swept(rookery: Community, alice: User) -> None:
    given(rookery, alice.pk)

    held = [
        names_of(community_id=rookery.pk, user_id=alice.pk, now=SOON - timedelta(seconds=s))
        for s in (1, 0)
    ]

    assert held == [{"vip"}, frozenset()]


def test_each_community_hears_of_its_own(
    heard: list[tuple[int | None, tuple[Change, ...]]], rookery: Community, alice: User
) -> None:
    elsewhere = make.community(owner=alice)
    labels = {place.pk: given(place, alice.pk) for place in (rookery, elsewhere)}
    heard.clear()

    assert expire(SOON) == 2

    lost = {
        pk: (Change(label.pk, Kind.USER, (alice.pk,), gained=False, because="expired"),)
        for pk, label in labels.items()
    }
    assert dict(heard) == lost


def test_things_lose_what_is_over_too(rookery: Community) -> None:
    given(rookery, "so", Kind.MODULE)
    given(rookery, str(rookery.pk), Kind.COMMUNITY)

    assert expire(SOON) == 2

    assert not ObjectLabel.objects.filter(ended_at=None).exists()


def test_a_crowd_is_swept_in_parts(monkeypatch: pytest.MonkeyPatch, rookery: Community) -> None:
    monkeypatch.setattr("labels.operations.assigning.expiring.AT_ONCE", 2)
    for _ in range(5):
        given(rookery, make.user().pk)

    assert expire(SOON) == 5


def test_beat_ends_what_is_over(rookery: Community, alice: User) -> None:
    given(rookery, alice.pk)
    UserLabel.objects.update(valid_until=NOW)

    task()

    assert UserLabel.objects.get().ended_because == "expired"
