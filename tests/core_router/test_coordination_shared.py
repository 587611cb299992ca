"""A community's own collectors and those that all share listen to each place but once."""

import pytest

from core_router.models import CollectorLease
from identity.models import Community
from tests import make
from tests.client import Api
from tests.core_router.test_coordination import Hands, channels, dies, grace_is_over, one

pytestmark = pytest.mark.django_db
__all__ = ["one"]


@pytest.fixture
def shared(rookery: Community) -> Hands:
    staff = make.user("sam", is_staff=True)
    return Hands(Api(make.key(staff, scopes=["coordination:write"])), "shared")


def test_own_ones_get_a_fair_share_of_what_shared_ones_hold(
    one: Hands, shared: Hands, rookery: Community
) -> None:
    channels(rookery, "a", "b", "c", "d")
    channels(make.community(owner=make.user(), slug="colony"), "theirs")
    assert shared.claim(10) == ["a", "b", "c", "d", "theirs"]
    assert one.claim(10) == []

    told = shared.beat()
    grace_is_over()
    back, taken = shared.claim(10), one.claim(10)

    assert (told, back, taken) == (["a", "b", "theirs"], [], ["c", "d"])
    assert (shared.beat(), one.beat()) == (["a", "b", "theirs"], ["c", "d"])


def test_what_own_ones_want_is_not_taken_by_shared_ones(
    one: Hands, shared: Hands, rookery: Community
) -> None:
    channels(rookery, "a")
    one.claim(5)
    channels(rookery, "new")

    assert shared.claim(5) == []
    assert one.claim(5) == ["new"]


def test_own_ones_that_have_enough_leave_the_rest_to_shared_ones(
    one: Hands, shared: Hands, rookery: Community
) -> None:
    channels(rookery, "a", "b")

    assert (one.claim(1), shared.claim(5)) == (["a"], ["b"])
    assert (one.beat(), shared.beat()) == (["a"], ["b"])


def test_what_own_ones_leave_when_they_die_is_for_all(
    one: Hands, shared: Hands, rookery: Community
) -> None:
    channels(rookery, "a", "b")
    one.claim(5)

    dies("one")

    assert shared.claim(5) == ["a", "b"]


def test_shared_ones_divide_what_they_leave(one: Hands, shared: Hands, rookery: Community) -> None:
    channels(rookery, *"abcdef")
    other = Hands(shared.api, "other")
    shared.claim(3)
    other.claim(3)
    one.claim(2)

    left = [shared.beat(), other.beat()]
    grace_is_over()

    assert len(one.claim(2)) == 2
    assert sum(map(len, left)) == 4
    assert CollectorLease.objects.filter(holder=None).count() == 0
