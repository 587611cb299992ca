"""What no collector waited for is kept for it, in order."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from core_router import tasks
from core_router.models import OutgoingAction
from core_router.operations.outgoing import KEPT, queue_actions
from core_router.queries.personal import actions_on
from identity.models import Community, User
from identity.operations.erasing import erase_due, request_erasure
from tests import make
from tests.client import Api
from tests.core_router.conftest import Door, line

pytestmark = pytest.mark.django_db

EVENTS = "/router/v1/events"
RULES = "/router/v1/communities/rookery/rules"
ACTIONS = "/router/v1/entities/twitch+rookery/actions"
LATER = {"prefer": "respond-async"}
RUDE = {"name": "rude", "pattern": "rude", "match": "word", "actions": [{"type": "delete"}]}


def test_actions_of_a_queued_event_wait_in_the_order_of_the_events(
    door: Door, rookery: Community
) -> None:
    make.command(rookery, "hail")
    sent = [door.post(EVENTS, line("!hail"), **LATER).json() for _ in range(3)]

    tasks.process_queue()

    waiting = OutgoingAction.objects.order_by("id")
    assert [str(row.execution_id) for row in waiting] == [each["execution_id"] for each in sent]
    assert {row.entity for row in waiting} == {"twitch+rookery"}
    assert waiting[0].action == {"type": "chat", "text": "This is hail.", "handled": False}


def test_a_line_that_calls_nothing_leaves_nothing(door: Door, rookery: Community) -> None:
    door.post(EVENTS, line("just chat"), **LATER)

    tasks.process_queue()

    assert not OutgoingAction.objects.exists()


def test_they_are_kept_for_a_day(door: Door, rookery: Community) -> None:
    make.command(rookery, "hail")
    door.post(EVENTS, line("!hail"), **LATER)

    tasks.process_queue()

    left = OutgoingAction.objects.get().expires_at - timezone.now()
    assert KEPT - timedelta(minutes=1) < left <= KEPT


def test_they_go_with_whom_they_are_about(door: Door, api: Api) -> None:
    bob = make.user("bob")
    make.link(bob, "twitch", "42")
    api.post(RULES, RUDE)
    for user_id in ("42", "43"):
        door.post(EVENTS, line("rude", user_id=user_id, user_name=f"n{user_id}"), **LATER)
    tasks.process_queue()

    handed_out = list(actions_on(bob.pk))
    request_erasure(user_id=bob.pk, actor="system", now=timezone.now())
    erase_due(now=timezone.now() + timedelta(days=8))

    assert [row["action"]["user_id"] for row in handed_out] == ["42"]
    assert [row.action["user_id"] for row in OutgoingAction.objects.all()] == ["43"]


def queue(place: Community, *texts: str, entity: str = "twitch+rookery") -> None:
    queue_actions(
        community_id=place.pk,
        entity=entity,
        execution_id=uuid4(),
        actions=[{"type": "chat", "text": text} for text in texts],
        now=timezone.now(),
    )


def texts_of(said: Any) -> list[str]:
    return [action["text"] for action in said.json()["results"]]


@pytest.fixture
def channel(rookery: Community) -> None:
    make.entity(rookery)


@pytest.mark.usefixtures("channel")
def test_they_are_handed_out_until_they_are_acknowledged(api: Api, rookery: Community) -> None:
    queue(rookery, "one", "two", "three")

    first = api.get(f"{ACTIONS}?limit=2")
    again = api.get(ACTIONS)
    ids = [action["id"] for action in first.json()["results"]]
    acknowledged = api.post(f"{ACTIONS}/ack", {"ids": ids}).json()
    twice = api.post(f"{ACTIONS}/ack", {"ids": ids}).json()

    assert (texts_of(first), texts_of(again)) == (["one", "two"], ["one", "two", "three"])
    assert (acknowledged, twice) == ({"acknowledged": 2}, {"acknowledged": 0})
    assert texts_of(api.get(ACTIONS)) == ["three"]


@pytest.mark.usefixtures("channel")
def test_an_action_is_told_with_what_names_it(api: Api, rookery: Community) -> None:
    queue(rookery, "one")

    (action,) = api.get(ACTIONS).json()["results"]

    row = OutgoingAction.objects.get()
    assert (action["id"], action["execution_id"]) == (row.pk, str(row.execution_id))
    assert (action["type"], action["text"], action["handled"]) == ("chat", "one", False)
    assert action["expires_at"].endswith("Z")


@pytest.mark.usefixtures("channel")
def test_strangers_neither_see_nor_acknowledge_them(api: Api, rookery: Community) -> None:
    queue(rookery, "one")
    eve = make.user("eve")
    stranger = Api(make.key(eve, place=make.community(owner=eve)))
    ids = {"ids": [OutgoingAction.objects.get().pk]}

    seen = [stranger.get(ACTIONS).status_code, stranger.post(f"{ACTIONS}/ack", ids).status_code]

    assert seen == [404, 404]
    assert api.get("/router/v1/entities/twitch+nowhere/actions").status_code == 404
    assert api.post(f"{ACTIONS}/ack", ids).json() == {"acknowledged": 1}


def test_a_shared_collector_reaches_proven_entities_alone(alice: User, rookery: Community) -> None:
    shared = Api(make.key(make.user("sam", is_staff=True), scopes=["coordination:write"]))
    make.entity(rookery)
    make.entity(rookery, server_id="unproven", is_proven=False)

    statuses = [
        shared.get(f"/router/v1/entities/twitch+{name}/actions").status_code
        for name in ("rookery", "unproven")
    ]

    assert statuses == [200, 404]


@pytest.mark.usefixtures("channel")
def test_a_key_for_another_platform_may_not(alice: User, rookery: Community) -> None:
    key = make.key(alice, scopes=["coordination:write"], place=rookery, platform="discord")

    assert Api(key).get(ACTIONS).status_code == 403


@pytest.mark.usefixtures("channel")
def test_what_waited_for_the_community_before_is_not_handed_to_the_next(
    api: Api, rookery: Community
) -> None:
    queue(make.community(owner=make.user()), "theirs")

    assert texts_of(api.get(ACTIONS)) == []


@pytest.mark.usefixtures("channel")
def test_after_a_day_they_are_gone(api: Api, rookery: Community) -> None:
    queue(rookery, "old")
    OutgoingAction.objects.update(expires_at=timezone.now())

    told = texts_of(api.get(ACTIONS))
    tasks.end_overdue()

    assert told == []
    assert not OutgoingAction.objects.exists()


@pytest.mark.usefixtures("channel")
@pytest.mark.parametrize(
    "ids", [None, [], "1", [0], ["1"], [1.5], [2**63], list(range(1, 202)), [None]]
)
def test_only_numbers_are_acknowledged(api: Api, ids: Any) -> None:
    said = api.post(f"{ACTIONS}/ack", {"ids": ids})

    assert said.status_code == 400
    assert said.json()["errors"][0]["pointer"].startswith("#/ids")


@pytest.mark.usefixtures("channel")
@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "wait=31", "wait=-1"])
def test_a_question_that_makes_no_sense_is_refused(api: Api, query: str) -> None:
    assert api.get(f"{ACTIONS}?{query}").status_code == 400
