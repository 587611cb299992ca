"""Places where people chat, claimed and proven."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from core_router.api import claim_entity
from core_router.models import Entity
from core_router.operations.entities import EntityTakenError
from core_router.queries.entities import entity
from identity.models import AuditEvent, Community, User
from tests import make
from tests.client import Api
from tests.core_router.conftest import line

ENTITIES = "/router/v1/communities/rookery/entities"


@pytest.fixture
def colony(alice: User) -> Community:
    return make.community(owner=make.user("carol"), name="The Colony", slug="colony")


def claim(place: Community, server_id: str = "waddle", *, proven: bool = False) -> Any:
    return claim_entity(
        community_id=place.pk,
        platform="twitch",
        server_id=server_id,
        proven=proven,
        now=timezone.now(),
    )


def owner_of(key: str) -> tuple[int, bool] | None:
    found = entity(key)
    return (found.community_id, found.is_proven) if found else None


def test_a_claim_comes_back_with_its_state(api: Api, rookery: Community) -> None:
    answer = api.post(ENTITIES, {"platform": "discord", "server_id": "7", "channel_id": "general"})

    assert answer.status_code == 201
    claimed = answer.json()
    assert claimed["entity"] == "discord+7+general"
    assert (claimed["state"], claimed["is_proven"]) == ("claimed", False)
    assert api.get(ENTITIES).json()["results"] == [claimed]
    assert api.get(f"{ENTITIES}/discord+7+general").json() == claimed
    assert owner_of("discord+7+general") == (rookery.pk, False)


def test_a_claim_may_be_named_in_one_word(api: Api) -> None:
    by_body = api.post(ENTITIES, {"entity": "twitch+waddle"})
    by_path = api.post(f"{ENTITIES}/slack%2BT0%2Frest%2B%C3%BC")

    assert by_body.json()["server_id"] == "waddle"
    assert (by_path.json()["server_id"], by_path.json()["channel_id"]) == ("T0/rest", "ü")
    assert api.get(f"{ENTITIES}/slack%2BT0%2Frest%2B%C3%BC").status_code == 200


def test_claiming_ones_own_again_changes_nothing(api: Api) -> None:
    first = api.post(ENTITIES, {"entity": "twitch+waddle"})

    again = api.post(ENTITIES, {"entity": "twitch+waddle"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


@pytest.mark.parametrize("is_proven", [True, False])
def test_what_another_community_has_is_taken(
    api: Api, colony: Community, *, is_proven: bool
) -> None:
    claim(colony, proven=is_proven)

    answer = api.post(ENTITIES, {"entity": "twitch+waddle"})

    assert (answer.status_code, answer.json()["code"]) == (409, "entity_taken")
    assert owner_of("twitch+waddle") == (colony.pk, is_proven)


def test_a_proven_claim_takes_an_unproven_one_over(rookery: Community, colony: Community) -> None:
    claim(colony)
    assert owner_of("twitch+waddle") == (colony.pk, False)

    claim(rookery, proven=True)

    assert owner_of("twitch+waddle") == (rookery.pk, True)
    lost = AuditEvent.objects.get(action="entity.lost")
    assert (lost.community_id, lost.target) == (colony.pk, "entity:twitch+waddle")


def test_nobody_takes_a_proven_one(rookery: Community, colony: Community) -> None:
    claim(colony, proven=True)

    with pytest.raises(EntityTakenError):
        claim(rookery, proven=True)

    assert owner_of("twitch+waddle") == (colony.pk, True)


def test_a_claim_of_ones_own_can_be_proven_and_stays_so(rookery: Community) -> None:
    claim(rookery)

    claim(rookery, proven=True)
    claim(rookery)

    assert owner_of("twitch+waddle") == (rookery.pk, True)


def test_a_released_place_is_nobodys(api: Api, rookery: Community) -> None:
    claim(rookery)
    assert owner_of("twitch+waddle")

    assert api.delete(f"{ENTITIES}/twitch+waddle").status_code == 204

    assert owner_of("twitch+waddle") is None
    assert api.delete(f"{ENTITIES}/twitch+waddle").status_code == 404


def test_another_communitys_place_looks_like_none(api: Api, colony: Community) -> None:
    claim(colony)

    answers = [api.get(f"{ENTITIES}/twitch+waddle"), api.delete(f"{ENTITIES}/twitch+waddle")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert owner_of("twitch+waddle") == (colony.pk, False)


@pytest.mark.parametrize(
    "body",
    [
        {"entity": "twitch"},
        {"entity": "twitch+"},
        {"entity": "twitch+a+b+c"},
        {"entity": "Twitch+a"},
        {"entity": "+a"},
        {"platform": "twitch"},
        {"platform": "twitch", "server_id": "a+b"},
        {"platform": "twitch", "server_id": "a\u0007"},
        {"platform": "twitch", "server_id": " "},
        {"platform": "twitch", "server_id": "a" * 101},
        {"platform": "t" * 31, "server_id": "a"},
        {"platform": "twitch", "server_id": 7},
        {"entity": "twitch+a", "platform": "twitch"},
        {"platform": "twitch", "server_id": "a", "is_proven": True, "colour": "red"},
        {},
    ],
)
def test_what_no_place_can_be_is_refused(api: Api, body: Any) -> None:
    answer = api.post(ENTITIES, body)

    assert answer.status_code == 400, answer.content
    assert not Entity.objects.exists()


def test_a_claim_cannot_say_it_is_proven(api: Api) -> None:
    answer = api.post(ENTITIES, {"platform": "twitch", "server_id": "a", "is_proven": True})

    assert answer.json()["is_proven"] is False


@pytest.mark.parametrize(
    "key", ["", "twitch", "twitch+", "twitch+a+", "a+b+c+d", "a+\0", "a+\ud800"]
)
@pytest.mark.django_db
def test_a_key_that_names_no_place_is_nobodys(key: str) -> None:
    assert entity(key) is None


def test_a_community_has_a_bounded_number_of_places(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core_router.operations.entities.MOST_ENTITIES", 1)
    api.post(ENTITIES, {"entity": "twitch+one"})

    answer = api.post(ENTITIES, {"entity": "twitch+two"})

    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_entities")
    assert api.post(ENTITIES, {"entity": "twitch+one"}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_many_communities_that_claim_at_once_one_gets_it(alice: User) -> None:
    places = [make.community(owner=alice) for _ in range(6)]
    start = threading.Barrier(len(places))
    won: list[int] = []

    def ask(place: Community) -> None:
        start.wait()
        try:
            claim(place)
            won.append(place.pk)
        except EntityTakenError:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=[place]) for place in places]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == 1
    assert Entity.objects.get().community_id == won[0]


@pytest.mark.parametrize(
    ("server", "channel", "outcome"),
    [
        ("proven", None, "ignored"),
        ("claimed", None, "unknown_entity"),
        ("proven", "claimed", "ignored"),
        ("proven", "proven", "unknown_entity"),
    ],
)
def test_a_proven_server_brings_the_channels_nobody_else_has_proven(
    server: str,
    channel: str | None,
    outcome: str,
    alice: User,
    rookery: Community,
    colony: Community,
) -> None:
    make.entity(rookery, "discord", "7", is_proven=server == "proven")
    if channel:
        make.entity(colony, "discord", "7", channel_id="general", is_proven=channel == "proven")
    theirs = Api(make.key(alice, scopes=["events:write"], place=rookery))
    event = line("Hello", platform="discord", server_id="7", channel_id="general")

    assert theirs.post("/router/v1/events", event).json()["outcome"] == outcome
