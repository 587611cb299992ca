"""A code that is typed in a channel by its owner proves whose the channel is."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core_router.models import Entity, PlaceCode
from core_router.operations.place_codes import forget_codes, prove_by_code
from identity.models import Community, User
from tests import make
from tests.client import Api
from tests.core_router.conftest import line
from tests.identity.parallel import at_once

pytestmark = pytest.mark.django_db

CODE = "/router/v1/communities/rookery/entities/twitch+nest/code"
SHARED = ["events:write", "identity:verify"]


@pytest.fixture
def code(api: Api, rookery: Community) -> str:
    return str(api.post(CODE).json()["code"])


@pytest.fixture
def shared() -> Api:
    """A collector that staff run for all communities."""
    staff = make.user("staff", is_staff=True)
    return Api(make.key(staff, scopes=SHARED))


def type_(api: Api, text: str, *roles: str, query: str = "") -> Any:
    event = line(text, server_id="nest", user_roles=list(roles))
    return api.post(f"/router/v1/events{query}", event).json()


def test_its_broadcaster_proves_a_channel(code: str, shared: Api) -> None:
    answer = type_(shared, f"!claim {code.lower()}", "broadcaster")

    entity = Entity.objects.get()
    assert (answer["outcome"], answer["command"]) == ("executed", "claim")
    assert answer["actions"][0]["text"] == "This channel is proven to belong to The Rookery."
    assert (entity.key, entity.community.slug, entity.is_proven) == (
        "twitch+nest", "rookery", True,
    )  # fmt: skip
    assert not PlaceCode.objects.exists()


def test_it_takes_the_place_of_a_claim_without_proof(code: str, shared: Api) -> None:
    make.entity(make.community(owner=make.user("bob")), server_id="nest", is_proven=False)

    type_(shared, f"!claim {code}", "broadcaster")

    assert Entity.objects.get().community.slug == "rookery"


def test_what_is_proven_stays(code: str, shared: Api) -> None:
    make.entity(make.community(owner=make.user("bob")), server_id="nest")

    answer = type_(shared, f"!claim {code}", "broadcaster")

    assert answer["outcome"] == "denied"
    assert Entity.objects.get().community.slug != "rookery"


@pytest.mark.usefixtures("rookery")
def test_a_server_is_proven_in_any_of_its_channels(api: Api, shared: Api) -> None:
    path = "/router/v1/communities/rookery/entities/discord+70/code"
    event = line(
        f"/claim {api.post(path).json()['code']}",
        platform="discord",
        server_id="70",
        channel_id="71",
        user_roles=["admin"],
        message_type="slashCommand",
    )

    assert shared.post("/router/v1/events", event).json()["outcome"] == "executed"

    entity = Entity.objects.get()
    assert (entity.key, entity.is_proven) == ("discord+70", True)


@pytest.mark.parametrize("roles", [[], ["moderator"], ["vip", "subscriber"]])
def test_nobody_else_proves_it(code: str, shared: Api, roles: list[str]) -> None:
    answer = type_(shared, f"!claim {code}", *roles)

    assert (answer["outcome"], Entity.objects.exists()) == ("unknown_entity", False)


@pytest.mark.parametrize("text", ["!claim", "!claim AAAAAAAAAA", "!claim \N{SNOWMAN}", "claim it"])
def test_another_word_is_nobodys(code: str, shared: Api, text: str) -> None:
    assert type_(shared, text, "broadcaster")["outcome"] == "unknown_entity"


def test_a_code_is_for_its_own_channel(code: str, shared: Api) -> None:
    event = line(f"!claim {code}", server_id="elsewhere", user_roles=["broadcaster"])

    assert shared.post("/router/v1/events", event).json()["outcome"] == "unknown_entity"


def test_a_communitys_own_key_proves_nothing(code: str, alice: User, rookery: Community) -> None:
    own = Api(make.key(alice, scopes=["events:write"], place=rookery))

    assert type_(own, f"!claim {code}", "broadcaster")["outcome"] == "unknown_entity"


def test_trying_it_out_changes_nothing(code: str, shared: Api) -> None:
    answer = type_(shared, f"!claim {code}", "broadcaster", query="?dry_run=true")

    assert (answer["outcome"], Entity.objects.exists()) == ("executed", False)
    assert PlaceCode.objects.exists()


def test_it_is_good_for_ten_minutes_and_then_forgotten(code: str, rookery: Community) -> None:
    late = timezone.now() + timedelta(minutes=11)

    claim = prove_by_code(community_id=rookery.pk, entity="twitch+nest", code=code, now=late)

    assert (claim, forget_codes(now=late), PlaceCode.objects.exists()) == (None, 1, False)


def test_a_new_code_ends_the_former(code: str, api: Api, shared: Api) -> None:
    api.post(CODE)

    assert type_(shared, f"!claim {code}", "broadcaster")["outcome"] == "unknown_entity"


def test_of_a_code_only_a_hash_is_kept(code: str) -> None:
    assert code not in str(PlaceCode.objects.values())


def test_nothing_is_issued_for_what_is_proven(api: Api, rookery: Community) -> None:
    mine = make.entity(rookery, server_id="nest")
    refused = api.post(CODE)
    mine.delete()
    make.entity(make.community(owner=make.user("bob")), server_id="nest")

    assert (refused.status_code, refused.json()["code"]) == (409, "already_proven")
    assert api.post(CODE).json()["code"] == "entity_taken"
    assert api.post(CODE.replace("twitch+nest", "nonsense")).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_uses_it_up(api: Api, rookery: Community) -> None:
    code, now = api.post(CODE).json()["code"], timezone.now()

    def use() -> bool:
        claim = prove_by_code(community_id=rookery.pk, entity="twitch+nest", code=code, now=now)
        return claim is not None

    assert sorted(at_once(*[use] * 8)) == [False] * 7 + [True]
