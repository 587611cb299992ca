"""Collectors that claim, come and go at the same moment."""

from functools import partial

import pytest
from django.utils import timezone

from core_router.models import Collector, CollectorLease
from core_router.operations.claiming import claim
from core_router.operations.collectors import Caller
from core_router.operations.leases import heartbeat
from identity.models import Community
from tests import make
from tests.identity.parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def takes(place: Community, name: str, most: int = 10) -> list[str]:
    caller = Caller(name, place.pk)
    leases = claim(caller, platform="twitch", most=most, now=timezone.now())
    return [lease.entity for lease in leases]


def beats(place: Community, name: str) -> list[str]:
    return [each.entity for each in heartbeat(Caller(name, place.pk), {}, now=timezone.now())]


@pytest.fixture
def forty(rookery: Community) -> None:
    for number in range(40):
        make.entity(rookery, server_id=f"c{number}")


@pytest.mark.usefixtures("forty")
def test_of_many_who_claim_at_once_no_two_get_the_same(rookery: Community) -> None:
    taken = at_once(*(partial(takes, rookery, f"n{number}") for number in range(8)))

    names = [name for each in taken for name in each]
    assert len(names) == len(set(names))
    held = CollectorLease.objects.exclude(holder=None)
    assert len(names) == held.count()


@pytest.mark.usefixtures("forty")
def test_what_the_dead_held_goes_to_one_each(rookery: Community) -> None:
    takes(rookery, "dead", 40)
    Collector.objects.update(expires_at=timezone.now())

    at_once(*(partial(takes, rookery, f"n{number}", 5) for number in range(8)))
    more = [takes(rookery, f"n{number}", 40) for number in range(8)]

    held = [beats(rookery, f"n{number}") for number in range(8)]
    assert sorted(name for each in held for name in each) == sorted(
        CollectorLease.objects.values_list("key", flat=True)
    )
    assert sum(len(each) for each in more) <= 40


@pytest.mark.usefixtures("forty")
def test_whoever_is_heard_of_at_its_last_moment_keeps_all_or_nothing(rookery: Community) -> None:
    for _ in range(10):
        takes(rookery, "late", 40)
        Collector.objects.filter(name="late").update(expires_at=timezone.now())

        kept, taken = at_once(
            partial(beats, rookery, "late"), partial(takes, rookery, "quick", 40)
        )

        assert (len(kept), len(taken)) in {(40, 0), (20, 0), (0, 40)}
        CollectorLease.objects.update(holder=None, free_from=None)
        Collector.objects.all().delete()


@pytest.mark.usefixtures("forty")
def test_two_claims_of_one_collector_at_once_add_up(rookery: Community) -> None:
    at_once(*(partial(takes, rookery, "one", 10) for _ in range(3)))

    assert len(beats(rookery, "one")) == 30
    assert Collector.objects.get().held == 30
