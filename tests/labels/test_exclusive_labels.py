"""Of the exclusive labels of a scope one holds one, also after others have become exclusive."""

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from identity.models import Community, User
from labels import api as labels
from labels.models import UserLabel
from labels.tasks import settle_labels
from tests import make
from tests.client import Api

LABELS = "/labels/v1/labels"


@pytest.fixture
def tiers(api: Api) -> dict[str, str]:
    """Return the addresses of gold, silver and bronze; gold is exclusive already."""
    made = {
        name: api.post(
            LABELS, {"name": f"tier/{name}", "kind": "user", "exclusive": name == "gold"}
        ).json()["id"]
        for name in ("gold", "silver", "bronze")
    }
    return {name: f"{LABELS}/{label_id}" for name, label_id in made.items()}


def give(place: Community, person: User, *names: str) -> None:
    """Give labels one after the other."""
    moment = timezone.now() - timedelta(hours=1)
    for place_in_time, name in enumerate(names):
        labels.give(
            community_id=place.pk,
            user_id=person.pk,
            name=f"tier/{name}",
            now=moment + timedelta(minutes=place_in_time),
        )


def held(place: Community, person: User) -> set[str]:
    names = labels.names_of(community_id=place.pk, user_id=person.pk, now=timezone.now())
    return {name.removeprefix("tier/") for name in names}


def test_who_would_lose_a_label_is_counted_before_it_happens(
    api: Api, rookery: Community, alice: User, tiers: dict[str, str]
) -> None:
    bob = make.member(rookery, make.user("bob"))
    give(rookery, alice, "gold", "silver")
    give(rookery, bob, "silver")

    answer = api.patch(tiers["silver"], {"exclusive": True})

    assert (answer.status_code, answer.json()["code"]) == (409, "labels_would_be_taken")
    assert ": 1. Repeat with confirm=tier/silver." in answer.json()["detail"]
    assert api.get(f"{tiers['silver']}/impact").json()["taken_if_exclusive"] == 1
    assert api.get(tiers["silver"]).json()["exclusive"] is False
    assert held(rookery, alice) == {"gold", "silver"}


@override_settings(BULK_OPERATION_SIZE=2)
def test_everybody_keeps_the_one_they_were_given_last(
    api: Api, rookery: Community, alice: User, tiers: dict[str, str]
) -> None:
    others = [make.member(rookery, make.user()) for _ in range(4)]
    give(rookery, alice, "gold", "silver")
    give(rookery, others[0], "silver", "gold")
    give(rookery, others[1], "silver", "bronze")
    give(rookery, others[2], "gold")
    give(rookery, others[3], "gold", "silver")

    answer = api.patch(f"{tiers['silver']}?confirm=tier/silver", {"exclusive": True})
    settle_labels()

    assert answer.status_code == 200
    assert [held(rookery, each) for each in (alice, *others)] == [
        {"silver"},
        {"gold"},
        {"silver", "bronze"},
        {"gold"},
        {"silver"},
    ]
    assert UserLabel.objects.filter(ended_because="replaced").count() == 3
    give(rookery, others[1], "gold")
    assert held(rookery, others[1]) == {"gold", "bronze"}


def test_nobody_is_asked_when_nobody_loses_anything(
    api: Api, rookery: Community, alice: User, tiers: dict[str, str]
) -> None:
    give(rookery, alice, "silver")
    assert api.patch(tiers["silver"], {"exclusive": True}).status_code == 200

    give(rookery, alice, "gold")

    assert held(rookery, alice) == {"gold"}


def test_a_label_that_excludes_no_more_stands_beside_the_others(
    api: Api, rookery: Community, alice: User, tiers: dict[str, str]
) -> None:
    api.patch(tiers["silver"], {"exclusive": True})
    give(rookery, alice, "silver")

    api.patch(tiers["silver"], {"exclusive": False})

    give(rookery, alice, "gold")
    assert held(rookery, alice) == {"gold", "silver"}


def test_an_exclusive_label_moves_to_another_scope_with_its_holders(
    api: Api, rookery: Community, alice: User, tiers: dict[str, str]
) -> None:
    give(rookery, alice, "gold")

    answer = api.patch(tiers["gold"], {"name": "rank/gold"})

    assert answer.status_code == 200
    assert UserLabel.objects.get().exclusive_scope == "rank"
    without = api.patch(tiers["gold"], {"name": "gold"})
    assert without.json()["errors"][0]["pointer"] == "#/exclusive"
