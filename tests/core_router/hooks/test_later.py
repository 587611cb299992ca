"""An event hook that has said 202 answers once, while the session lasts."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from core_router.models import CommandExecution, EventDelivery, OutgoingAction
from core_router.pipeline.couriers import deliver
from identity.models import Community, User
from tests import make
from tests.client import Api
from tests.core_router.conftest import Door, line
from tests.core_router.engines.server import Asked, ModuleServer, Told, says
from tests.core_router.hooks.conftest import Told as Add
from tests.identity.parallel import at_once

pytestmark = pytest.mark.django_db

RESPONSES = "/router/v1/responses"


def said(sent: dict[str, Any], **answer: Any) -> Any:
    body = {name: sent[name] for name in ("execution_id", "session_id")} | answer
    return Api(sent["response_token"]).post(RESPONSES, body)


@pytest.fixture
def owed(door: Door, told: Add, module: ModuleServer) -> dict[str, Any]:
    """A call whose hook has said that it answers later."""
    told()
    module.say = says({}, 202)
    follow = line(event_id="f1", message_type="follow", message_id="m1")
    door.post("/router/v1/events", follow)
    deliver(clock=timezone.now)
    sent: dict[str, Any] = module.asked[0].json()
    return sent


def test_what_it_says_waits_for_the_collector(owed: dict[str, Any]) -> None:
    taken = said(owed, text="Welcome!")

    waiting = OutgoingAction.objects.get()
    told_line = {"type": "chat", "text": "Welcome!", "reply_to": "m1", "handled": False}
    assert (taken.status_code, taken.json()["outcome"]) == (200, "executed")
    assert (waiting.action, waiting.entity) == (told_line, "twitch+rookery")
    row = EventDelivery.objects.get()
    assert (row.state, row.reason, row.payload) == ("done", "", {})
    assert waiting.execution_id == row.execution_id
    assert not CommandExecution.objects.exists()


def test_it_answers_once(owed: dict[str, Any]) -> None:
    first, second = said(owed, text="Welcome!"), said(owed, text="Welcome!")

    assert (first.status_code, second.status_code) == (200, 409)
    assert second.json()["code"] == "already_answered"
    assert OutgoingAction.objects.count() == 1


def test_what_cannot_be_carried_out_leaves_it_open(owed: dict[str, Any]) -> None:
    stranger = [{"type": "direct_message", "user_id": "666", "text": "x"}]
    follower = [{"type": "direct_message", "user_id": "42", "text": "Thank you"}]

    refused, taken = said(owed, actions=stranger), said(owed, actions=follower)

    assert (refused.status_code, refused.json()["code"]) == (400, "foreign_user")
    assert taken.status_code == 200


def test_after_the_session_it_is_too_late(owed: dict[str, Any]) -> None:
    EventDelivery.objects.update(finished_at=timezone.now() - timedelta(hours=1))

    late = said(owed, text="Welcome!")

    assert (late.status_code, late.json()["code"]) == (410, "session_over")
    assert not OutgoingAction.objects.exists()


def test_another_session_and_another_community_find_nothing(
    owed: dict[str, Any], rookery: Community
) -> None:
    eve = make.user("eve")
    elsewhere = Api(make.key(eve, place=make.community(owner=eve)))
    body = {"execution_id": owed["execution_id"], "session_id": owed["session_id"], "text": "x"}

    mixed_up = said({**owed, "session_id": owed["execution_id"]}, text="x")

    assert (mixed_up.status_code, mixed_up.json()["code"]) == (403, "session_mismatch")
    assert elsewhere.post(RESPONSES, body).status_code == 404


def test_one_that_said_all_it_had_to_say_is_not_listened_to(
    door: Door, told: Add, module: ModuleServer
) -> None:
    told()
    door.post("/router/v1/events", line(event_id="f1", message_type="follow"))
    deliver(clock=timezone.now)

    late = said(module.asked[0].json(), text="And another thing")

    assert (late.status_code, late.json()["code"]) == (409, "already_answered")


def test_that_it_failed_is_written_and_not_said(owed: dict[str, Any]) -> None:
    taken = said(owed, success=False, error="no tea")

    assert taken.json()["outcome"] == "failed"
    assert EventDelivery.objects.get().reason == "module_failed"
    assert not OutgoingAction.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_comes_before_its_202_counts(
    door: Door, told: Add, module: ModuleServer
) -> None:
    told()

    def answers_at_once(asked: Asked) -> Told:
        [taken] = at_once(partial(said, asked.json(), text="Early"))
        assert taken.status_code == 200
        connections.close_all()
        return Told(202)

    module.say = answers_at_once
    door.post("/router/v1/events", line(event_id="f1", message_type="follow"))
    deliver(clock=timezone.now)

    assert [row.action["text"] for row in OutgoingAction.objects.all()] == ["Early"]
    assert [(row.state, row.payload) for row in EventDelivery.objects.all()] == [("done", {})]


@pytest.mark.django_db(transaction=True)
def test_of_many_answers_at_once_one_counts(owed: dict[str, Any], alice: User) -> None:
    statuses = [each.status_code for each in at_once(*[partial(said, owed, text="x")] * 8)]

    assert sorted(statuses) == [200] + [409] * 7
    assert OutgoingAction.objects.count() == 1
