"""What is taken here counts in no other process after a second."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone

from identity.models import Community, User
from labels import api as labels
from labels.data import Giver, Kind, Pin
from labels.operations.assigning import remove
from labels.operations.groups import remove_group
from labels.operations.labels import change_label, remove_label
from tests import make
from tests.identity.processes import database_url
from tests.labels.cast import group, hold, join, label

Ask = Callable[[], bool]

NOBODY_LISTENS = "redis://127.0.0.1:1/0"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bob(rookery: Community) -> User:
    return make.member(rookery, make.user("bob"))


@pytest.fixture(params=["with Redis", "without Redis"])
def may(request: pytest.FixtureRequest, rookery: Community, bob: User) -> Iterator[Ask]:
    """Return what asks another process whether bob may skip songs."""
    redis = NOBODY_LISTENS if request.param == "without Redis" else os.environ["REDIS_URL"]
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "tests.labels.watcher", request.param],
        env=os.environ | {"DATABASE_URL": database_url(), "REDIS_URL": redis},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def ask() -> bool:
        assert process.stdin is not None
        assert process.stdout is not None
        print(rookery.pk, bob.pk, "queue:skip", file=process.stdin, flush=True)
        return process.stdout.readline().strip() == "may"

    yield ask
    process.communicate(timeout=10)


def is_over_within_a_second(may: Ask) -> bool:
    since = time.monotonic()
    while may():
        if time.monotonic() - since > 1.1:
            return False
    return True


def test_a_label_taken_from_somebody(may: Ask, rookery: Community, bob: User) -> None:
    hold(label(rookery, "dj", "queue:skip"), bob)
    assert may()

    labels.take(community_id=rookery.pk, user_id=bob.pk, name="dj")

    assert is_over_within_a_second(may)


def test_a_grant_taken_from_what_a_label_implies(may: Ask, rookery: Community, bob: User) -> None:
    crew = label(rookery, "crew", "queue:skip")
    hold(label(rookery, "dj", parents=["crew"]), bob)
    assert may()

    change_label(label_id=crew.pk, changes={"grants": []}, actor="system", now=timezone.now())

    assert is_over_within_a_second(may)


def test_a_group_that_is_removed(may: Ask, rookery: Community, bob: User) -> None:
    crew = group(rookery, "Crew")
    join(crew, bob)
    hold(label(rookery, "helper", "queue:skip", kind=Kind.ENTITY_GROUP), crew)
    assert may()

    remove_group(group_id=crew.pk, actor="system", now=timezone.now())

    assert is_over_within_a_second(may)


def test_a_system_label_taken_from_somebody(may: Ask, bob: User) -> None:
    star = label(None, "waddlebot/star", "queue:skip")
    hold(star, bob)
    assert may()

    remove(
        community_id=None,
        kind=Kind.USER,
        pins=[Pin(star.pk, bob.pk)],
        giver=Giver("system"),
        now=timezone.now(),
    )

    assert is_over_within_a_second(may)


def test_a_label_that_is_removed(may: Ask, rookery: Community, bob: User) -> None:
    dj = label(rookery, "dj", "queue:skip")
    hold(dj, bob)
    assert may()

    remove_label(label_id=dj.pk, confirm="dj", actor="system", now=timezone.now())

    assert is_over_within_a_second(may)
