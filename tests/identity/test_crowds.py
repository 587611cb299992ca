"""Many people met at once cost a handful of statements."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from identity import api as identity
from identity.data import Person, Role, Sighting
from identity.models import Community, IdentityLink, Membership, User
from tests.identity.parallel import at_once


def crowd(count: int, *, first: int = 0) -> list[Sighting]:
    return [
        Sighting("twitch", str(number), f"penguin{number}", f"Penguin{number}")
        for number in range(first, first + count)
    ]


def meet(sightings: list[Sighting], place: Community) -> dict[tuple[str, str], Person]:
    return identity.resolve_many(sightings, seen_in=place.pk, now=timezone.now())


def test_everybody_is_made_once_and_known_from_then_on(
    rookery: Community, django_assert_num_queries: Callable[..., Any]
) -> None:
    first = meet(crowd(50), rookery)
    with django_assert_num_queries(0):
        again = meet(crowd(50), rookery)

    assert again == first
    assert {person.name for person in first.values()} == {f"Penguin{n}" for n in range(50)}
    assert Membership.objects.filter(community=rookery, role=Role.NONE).count() == 50


def test_those_known_before_are_found_and_keep_their_role(rookery: Community, alice: User) -> None:
    IdentityLink.objects.create(
        user=alice, platform="twitch", platform_user_id="0", platform_username="alice"
    )

    met = meet(crowd(3), rookery)

    assert met["twitch", "0"].id == alice.pk
    assert Membership.objects.get(user=alice).role == Role.OWNER


def test_ten_thousand_cost_few_statements(
    rookery: Community, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    with django_assert_max_num_queries(40):
        met = meet(crowd(10_000), rookery)

    assert len({person.id for person in met.values()}) == 10_000


@pytest.mark.django_db(transaction=True)
def test_eight_who_meet_the_same_crowd_make_each_person_once(rookery: Community) -> None:
    results = at_once(*[partial(meet, crowd(200), rookery)] * 8)

    assert all(result == results[0] for result in results)
    assert User.objects.filter(is_staged=True).count() == IdentityLink.objects.count() == 200
