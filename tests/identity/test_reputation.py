"""Counted points reach PostgreSQL, each once."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from identity import api as identity
from identity.models import (
    Community,
    IdentityLink,
    Membership,
    ReputationDay,
    ReputationFlush,
    User,
)
from identity.operations.reputation import (
    Gain,
    applying,
    flush,
    flushing,
    forget,
    forget_flushes,
    gain_field,
    owners,
    pending,
)
from identity.queries.people import person_by_id
from tests import make
from tests.identity.parallel import at_once
from tests.identity.processes import database_url
from waddlebot.lib.redis import client, community_prefix

TODAY = date(2026, 11, 24)


def count(
    place: Community, who: str = "42", times: int = 1, *, name: str = "bob", points: int = 5
) -> None:
    """Count as the gate does."""
    gain = Gain(TODAY, "chatMessage", points, "twitch", who, name, name.title())
    pending.expect_points(place.pk)
    client().hincrby(community_prefix(place.pk) + pending.POINTS_HASH, gain_field(gain), times)


def write() -> int:
    return flush(now=timezone.now())


def total(place: Community) -> int:
    return sum(Membership.objects.filter(community=place).values_list("reputation", flat=True))


def waiting(place: Community) -> object:
    return client().keys(f"{community_prefix(place.pk)}{pending.POINTS_HASH}*")


def test_points_are_added_to_those_before(rookery: Community) -> None:
    for _ in range(3):
        count(rookery, times=2)
        write()

    assert total(rookery) == 30
    assert ReputationDay.objects.get().events == 6
    assert waiting(rookery) == []


def test_points_on_two_platforms_are_one_persons(rookery: Community, alice: User) -> None:
    for number in ("42", "43"):
        IdentityLink.objects.create(
            user=alice, platform="twitch", platform_user_id=number, platform_username="alice"
        )
        count(rookery, number)
    write()

    assert Membership.objects.get().reputation == 10
    assert ReputationDay.objects.get().events == 2


def test_a_thousand_new_people_cost_a_dozen_statements(
    rookery: Community, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for number in range(1000):
        count(rookery, str(number))

    with django_assert_max_num_queries(16):
        write()

    assert total(rookery) == 5000
    assert User.objects.filter(is_staged=True).count() == 1000


def test_a_new_name_is_taken_over_and_nobody_is_renamed_who_signs_in(
    rookery: Community, alice: User
) -> None:
    IdentityLink.objects.create(
        user=alice, platform="twitch", platform_user_id="1", platform_username="alice"
    )
    count(rookery, "1", name="alice_live")
    count(rookery, "2", name="bob")
    write()
    count(rookery, "2", name="robert")
    write()

    names = IdentityLink.objects.order_by("pk").values_list("platform_username", flat=True)
    staged = User.objects.get(is_staged=True)
    assert list(names) == ["alice_live", "robert"]
    assert person_by_id(staged.pk).name == "Robert"  # type: ignore[union-attr]
    assert person_by_id(alice.pk).name == "Alice"  # type: ignore[union-attr]


STEPS: list[Any] = [
    (pending, "_mark"),
    (pending, "_fields"),
    (flushing, "_is_first"),
    (flushing, "add_points"),
    (owners, "stage"),
    (owners, "_note"),
    (applying, "write"),
    (applying, "_run"),
    (pending, "drop"),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: str(step[1]))
def test_a_flush_that_dies_at_any_step_is_finished_by_the_next(
    step: tuple[Any, str], when: str, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, name = step
    work = getattr(module, name)

    def die(*arguments: Any, **named: Any) -> None:
        if when == "after":
            work(*arguments, **named)
        raise SystemExit

    count(rookery)
    with monkeypatch.context() as patch:
        patch.setattr(module, name, die)
        with pytest.raises(SystemExit):
            write()
    count(rookery, "43")
    write()

    assert total(rookery) == 10
    assert waiting(rookery) == []


@pytest.mark.django_db(transaction=True)
def test_eight_who_flush_while_points_come_in_write_each_once(rookery: Community) -> None:
    def come_in() -> None:
        for number in range(200):
            count(rookery, str(number % 7))

    def keep_flushing() -> None:
        while not is_over.is_set():
            write()

    is_over = threading.Event()
    flushers = [threading.Thread(target=partial(at_once, keep_flushing)) for _ in range(8)]
    for flusher in flushers:
        flusher.start()
    at_once(*[come_in] * 4)
    is_over.set()
    for flusher in flushers:
        flusher.join()
    write()

    assert total(rookery) == 4 * 200 * 5
    assert waiting(rookery) == []


@pytest.mark.django_db(transaction=True)
def test_flushers_that_are_killed_over_and_over_write_each_point_once(
    rookery: Community,
) -> None:
    for number in range(3):
        flusher = subprocess.Popen(
            [sys.executable, "-m", "tests.identity.flusher"],
            env=os.environ | {"DATABASE_URL": database_url()},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert flusher.stdout is not None
        flusher.stdout.readline()
        for times in range(50 + number):
            count(rookery, str(times % 20))
        flusher.kill()
        flusher.communicate()
    write()

    assert total(rookery) == sum(50 + number for number in range(3)) * 5
    assert waiting(rookery) == []


def test_a_community_that_fails_holds_up_no_other(
    rookery: Community, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = make.community(owner=alice)
    count(rookery)
    count(elsewhere)

    def fail(*, community_id: int, **rest: Any) -> None:
        if community_id == rookery.pk:
            raise OperationalError
        identity.add_points(community_id=community_id, **rest)

    with monkeypatch.context() as patch:
        patch.setattr(flushing, "add_points", fail)
        write()
    assert (total(rookery), total(elsewhere)) == (0, 5)
    write()
    assert total(rookery) == 5


def test_points_of_a_community_that_is_gone_go_with_it(rookery: Community) -> None:
    count(rookery)
    number = rookery.pk
    rookery.delete()
    write()

    assert client().keys(f"{community_prefix(number)}*") == []
    assert not IdentityLink.objects.exists()


def test_a_community_is_looked_at_for_a_minute_after_its_last_point(
    rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    count(rookery)
    write()
    assert pending.marked() == [rookery.pk]

    client().zadd(pending.MARKED, {str(rookery.pk): 1})
    write()

    assert pending.marked() == []


def test_what_waits_for_somebody_erased_is_removed(rookery: Community) -> None:
    count(rookery, "42")
    count(rookery, "43")
    pending.take(rookery.pk)
    count(rookery, "42", points=50)

    assert forget(frozenset({("twitch", "42")})) == 2
    write()
    assert IdentityLink.objects.get().platform_user_id == "43"


def test_the_numbers_of_batches_are_forgotten_in_the_end(rookery: Community) -> None:
    count(rookery)
    write()

    forget_flushes(now=timezone.now() + timedelta(days=29))
    assert ReputationFlush.objects.count() == 1
    forget_flushes(now=timezone.now() + timedelta(days=31))
    assert not ReputationFlush.objects.exists()
