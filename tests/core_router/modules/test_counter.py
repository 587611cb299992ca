"""`!counter`."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from core_router.models import Counter
from core_router.operations.counters import (
    HIGHEST,
    MOST_COUNTERS,
    InvalidCounterError,
    TooManyCountersError,
    add_to_counter,
)
from core_router.sdk import RefusedError, Role
from identity.data import Tenant
from identity.models import Community, User
from tests import make
from waddlebot.lib.errors import NotFoundError

Tell = Callable[..., str]


def test_it_counts(tell: Tell) -> None:
    said = [tell(f"!counter deaths {change}") for change in ("+", "+5", "-", "- 2", "+ 1")]

    assert said == [f"deaths: {value}" for value in (1, 6, 5, 3, 4)]


def test_it_is_set_reset_and_removed(tell: Tell) -> None:
    assert tell("!counter deaths set -12") == "deaths: -12"
    assert tell("!counter deaths reset") == "deaths: 0"
    assert tell("!counter deaths remove") == "The counter deaths is gone."

    with pytest.raises(RefusedError, match="no counter deaths"):
        tell("!counter deaths")


def test_anybody_may_look(tell: Tell) -> None:
    tell("!counter Deaths set 3")
    tell("!counter wins set 1")

    assert tell("!counter DEATHS", role=Role.NONE) == "deaths: 3"
    assert tell("!counters", role=Role.NONE) == "deaths: 3, wins: 1"


@pytest.mark.parametrize("change", ["+", "set 5", "reset", "remove", "nonsense"])
def test_only_moderators_change_it(tell: Tell, change: str) -> None:
    with pytest.raises(RefusedError, match="moderator"):
        tell(f"!counter deaths {change}", role=Role.MEMBER)

    assert not Counter.objects.exists()


@pytest.mark.parametrize(
    "change", ["double", "set", "set five", "+ five", "++", "set ٣", "reset 1"]
)
def test_nonsense_is_answered_with_the_usage(tell: Tell, change: str) -> None:
    with pytest.raises(RefusedError, match="Usage"):
        tell(f"!counter deaths {change}")


@pytest.mark.parametrize("name", ["a.b", "x" * 51, "🐧", '""', "@everyone"])
def test_a_name_is_a_word(tell: Tell, name: str) -> None:
    with pytest.raises(InvalidCounterError):
        tell(f"!counter {name} +")


def test_removing_what_is_not_there_is_refused(tell: Tell) -> None:
    with pytest.raises(NotFoundError):
        tell("!counter deaths remove")


def test_it_has_an_end(tell: Tell) -> None:
    tell(f"!counter deaths set {HIGHEST}")

    assert tell("!counter deaths +9") == f"deaths: {HIGHEST}"
    with pytest.raises(InvalidCounterError):
        tell(f"!counter deaths set {HIGHEST + 1}")


def test_each_community_counts_for_itself(tell: Tell, alice: User) -> None:
    other = make.community(owner=alice)
    add_to_counter(community_id=other.pk, name="deaths")

    assert tell("!counter deaths +") == "deaths: 1"


def test_a_community_has_only_so_many(tell: Tell, tenant: Tenant) -> None:
    Counter.objects.bulk_create(
        Counter(community_id=tenant.id, name=f"c{n}") for n in range(MOST_COUNTERS)
    )

    assert tell("!counter c7 +") == "c7: 1"
    with pytest.raises(TooManyCountersError):
        tell("!counter another +")


@pytest.mark.django_db(transaction=True)
def test_no_count_is_lost_when_many_count_at_once(rookery: Community) -> None:
    def count(_: int) -> int:
        try:
            return add_to_counter(community_id=rookery.pk, name="deaths")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(count, range(40)))

    assert sorted(values) == list(range(1, 41))
