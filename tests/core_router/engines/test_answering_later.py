"""A module that has said 202 answers its call once, while the session lasts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from browser_sources.api import ensure_sources
from core_router.models import Command, CommandExecution, EngineCall, OutgoingAction, QueuedEvent
from core_router.operations.endings import GRACE
from core_router.pipeline.later import take_response
from core_router.serializers.responses import ResponseSerializer
from core_router.tasks import end_overdue
from identity.models import Community
from identity.operations.erasing import erase_due, request_erasure
from tests import make
from tests.client import Api
from tests.core_router.conftest import Door
from tests.core_router.engines.server import Asked, ModuleServer, Told, says
from tests.identity.parallel import at_once, refusals

pytestmark = pytest.mark.django_db

RESPONSES = "/router/v1/responses"
Add = Callable[..., Command]


@dataclass(frozen=True)
class Owed:
    """A call that a module owes an answer, and the way to give it."""

    event: dict[str, Any]
    sent: dict[str, Any]

    def body(self, **said: Any) -> dict[str, Any]:
        ids = {name: self.sent[name] for name in ("execution_id", "session_id")}
        return {**ids, "success": True, **said}

    def answer(self, **said: Any) -> Any:
        return Api(self.sent["response_token"]).post(RESPONSES, self.body(**said))

    @property
    def execution(self) -> CommandExecution:
        return CommandExecution.objects.get(pk=self.sent["execution_id"])


@pytest.fixture
def owed(door: Door, hello: Add, module: ModuleServer) -> Owed:
    hello()
    module.say = says({}, 202)
    return Owed(door.say("#hello", message_id="m1", event_id="e1"), module.asked[0].json())


def test_what_it_answers_waits_for_the_collector(owed: Owed) -> None:
    before = owed.execution.status

    taken = owed.answer(text="Done!")

    assert (owed.event["outcome"], owed.event["actions"], before) == ("pending", [], "pending")
    assert (taken.status_code, taken.json()["outcome"]) == (200, "executed")
    line = {"type": "chat", "text": "Done!", "reply_to": "m1", "handled": False}
    waiting = OutgoingAction.objects.get()
    assert (waiting.action, waiting.entity) == (line, "twitch+rookery")
    assert taken.json()["actions"] == [line]
    assert (owed.execution.status, owed.execution.reason) == ("success", "")
    assert owed.execution.duration_ms > 0
    assert not EngineCall.objects.exists()


def test_a_key_of_the_community_answers_and_a_stranger_finds_nothing(
    owed: Owed, rookery: Community
) -> None:
    eve, sam = make.user("eve"), make.user("sam", is_staff=True)
    elsewhere = make.key(eve, place=make.community(owner=eve))
    unbound = make.key(eve)
    key = make.key(sam, scopes=["responses:write"], place=rookery)

    statuses = [
        Api(each).post(RESPONSES, owed.body(text="x")).status_code
        for each in (elsewhere, unbound, None, key)
    ]

    assert statuses == [404, 403, 401, 200]


def test_staff_answer_for_every_community(owed: Owed) -> None:
    key = make.key(make.user("sam", is_staff=True), scopes=["responses:write"])

    assert Api(key).post(RESPONSES, owed.body(text="x")).status_code == 200


def test_the_token_of_one_call_answers_no_other(owed: Owed, door: Door) -> None:
    door.say("#hello")
    other = EngineCall.objects.exclude(pk=owed.sent["execution_id"]).get()

    said = owed.answer(execution_id=str(other.pk), text="x")

    assert said.status_code == 404
    assert EngineCall.objects.count() == 2


def test_a_token_outlives_its_key_for_as_long_as_that_is_kept(
    owed: Owed, settings: Settings
) -> None:
    before, settings.SECRET_KEY = settings.SECRET_KEY, "another " * 8
    forgotten = owed.answer(text="x")
    settings.SECRET_KEY_FALLBACKS = [before]

    assert (forgotten.status_code, owed.answer(text="x").status_code) == (404, 200)


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"session_id": "01900000-0000-7000-8000-000000000000"}, 403, "session_mismatch"),
        ({"actions": [{"type": "explode"}]}, 400, "unknown_action"),
        ({"actions": [{"type": "chat", "text": "x" * 4001}]}, 400, "text_too_long"),
        ({"actions": [{"type": "chat", "text": "x"}] * 11}, 400, "too_many_actions"),
        (
            {"actions": [{"type": "direct_message", "user_id": "666", "text": "x"}]},
            400,
            "foreign_user",
        ),
        ({"actions": {}}, 400, "invalid"),
        ({"text": 5}, 400, "invalid"),
        ({"success": "yes"}, 400, "invalid"),
        ({"execution_id": 7}, 400, "invalid"),
        ({"surprise": 1}, 400, "invalid"),
    ],
)
def test_a_bad_answer_is_explained_and_a_better_one_still_counts(
    changed: dict[str, Any], status: int, code: str, owed: Owed
) -> None:
    bad = owed.answer(**changed)

    assert (bad.status_code, bad.json()["code"]) == (status, code)
    assert not OutgoingAction.objects.exists()
    assert owed.answer(text="Better.").status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'{"execution_id": "\\u0000"}', 400),
        (b'{"text": "\\ud800"}', 400),
        (b'{"session_id": 99999999999999999999999999}', 400),
        (b'{"actions": ' + b"[" * 5000 + b"]" * 5000 + b"}", 400),
        (b" " * (256 * 1024 + 1), 413),
    ],
)
def test_what_is_no_answer_at_all_is_refused(
    body: bytes, status: int, owed: Owed, api: Api
) -> None:
    by_key = api.post(RESPONSES, body)
    by_token = Api(owed.sent["response_token"]).post(RESPONSES, body)

    assert (by_key.status_code, by_token.status_code) == (status, status)


def test_an_answer_longer_than_the_platform_takes_becomes_several(owed: Owed) -> None:
    owed.answer(text="waddle " * 150)

    texts = [row.action["text"] for row in OutgoingAction.objects.order_by("id")]
    assert len(texts) == 3
    assert all(len(text) <= 500 and text.startswith("waddle") for text in texts)


def test_an_answer_costs_five_statements(
    owed: Owed, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    form = ResponseSerializer(data=owed.body(text="Done!"))
    form.is_valid(raise_exception=True)

    # And a savepoint, made and released, where there would be BEGIN and COMMIT.
    with django_assert_num_queries(5 + 2):
        take_response(form.to_response(), community_id=None, now=timezone.now())


def test_what_is_wrong_is_pointed_at(owed: Owed) -> None:
    said = owed.answer(actions=[{"type": "chat", "text": "x"}, {"type": "explode"}]).json()

    assert [flaw["pointer"] for flaw in said["errors"]] == ["#/actions/1"]


def test_whom_it_is_about_may_be_whoever_called(owed: Owed) -> None:
    said = owed.answer(actions=[{"type": "direct_message", "user_id": "42", "text": "psst"}])

    assert said.status_code == 200


def test_what_an_overlay_shows_is_not_left_to_the_collector(
    owed: Owed, rookery: Community
) -> None:
    ensure_sources(community_id=rookery.pk, now=timezone.now())

    taken = owed.answer(text="Look!", actions=[{"type": "ticker", "text": "Tea!"}]).json()

    assert [action["handled"] for action in taken["actions"]] == [False, True]
    assert OutgoingAction.objects.get().action["text"] == "Look!"


def test_a_call_is_answered_once(owed: Owed) -> None:
    owed.answer(text="First.")

    again = owed.answer(text="Second.")

    assert (again.status_code, again.json()["code"]) == (409, "already_answered")
    assert OutgoingAction.objects.get().action["text"] == "First."


def test_what_was_answered_at_once_is_not_answered_later(
    door: Door, hello: Add, module: ModuleServer
) -> None:
    hello()
    owed = Owed(door.say("#hello"), module.asked[0].json())

    assert owed.answer(text="x").status_code == 409


def test_a_failure_is_excused_in_chat_and_explained_to_the_author(owed: Owed) -> None:
    taken = owed.answer(success=False, error="no such\nsong").json()

    line = OutgoingAction.objects.get().action
    assert taken["outcome"] == "failed"
    assert line["text"] == "Sorry, that command does not answer right now."
    assert (owed.execution.status, owed.execution.reason) == ("failed", "module_failed")
    assert "no such" in owed.execution.detail


def test_what_it_says_of_somebody_goes_with_them(owed: Owed) -> None:
    owed.answer(success=False, error="alice's song and bobby's are the same")
    bobby = make.user("bobby")

    request_erasure(user_id=bobby.pk, actor="system", now=timezone.now())
    erase_due(now=timezone.now() + timedelta(days=8))

    assert owed.execution.detail == "alice's song and [erased]'s are the same"


def test_nothing_stays_pending_for_whoever_is_gone(
    door: Door, hello: Add, module: ModuleServer
) -> None:
    bob = make.user("bob")
    make.link(bob, "twitch", "42")
    hello()
    module.say = says({}, 202)
    owed = Owed(door.say("#hello"), module.asked[0].json())

    request_erasure(user_id=bob.pk, actor="system", now=timezone.now())
    erase_due(now=timezone.now() + timedelta(days=8))

    assert (owed.execution.status, owed.execution.reason) == ("failed", "no_answer")
    assert owed.answer(text="x").status_code == 410


def test_after_the_session_nothing_is_taken(owed: Owed) -> None:
    EngineCall.objects.update(expires_at=timezone.now())

    late = owed.answer(text="x")
    end_overdue()
    later = owed.answer(text="x")

    assert [each.status_code for each in (late, later)] == [410, 410]
    assert late.json()["code"] == later.json()["code"] == "session_over"
    assert (owed.execution.status, owed.execution.reason) == ("failed", "no_answer")
    assert not EngineCall.objects.exists()


def test_a_call_whose_process_died_is_ended_when_nobody_takes_it_up(
    door: Door, hello: Add, module: ModuleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hello()
    module.say = says({}, 202)
    died = "core_router.pipeline.outside.wait_for_response"
    monkeypatch.setattr(died, lambda *_, **__: False)
    owed = Owed(door.say("#hello"), module.asked[0].json())

    end_overdue()
    still = EngineCall.objects.get().state
    EngineCall.objects.update(deadline_at=timezone.now() - GRACE - timedelta(seconds=1))
    end_overdue()

    assert still == "running"
    assert (owed.execution.status, owed.execution.reason) == ("failed", "lost")


def test_what_became_of_a_queued_event_is_told_once_it_is_answered(
    owed: Owed, door: Door, rookery: Community
) -> None:
    QueuedEvent.objects.create(
        id=owed.event["execution_id"],
        community=rookery,
        platform="twitch",
        event_id="e1",
        payload={},
        state="done",
        answer=owed.event,
    )

    before = door.get("/router/v1/events/e1?platform=twitch").json()
    owed.answer(success=False, error="No luck.")
    after = door.get("/router/v1/events/e1?platform=twitch").json()

    assert (before["outcome"], after["outcome"]) == ("pending", "failed")
    assert after["reason"] == {"code": "module_failed", "detail": "No luck."}


def test_a_token_answers_so_often_a_minute(owed: Owed) -> None:
    statuses = [owed.answer(surprise=1).status_code for _ in range(31)]

    assert statuses == [400] * 30 + [429]


@pytest.mark.django_db(transaction=True)
def test_of_many_answers_at_once_exactly_one_counts(owed: Owed) -> None:
    form = ResponseSerializer(data=owed.body(text="Me!"))
    form.is_valid(raise_exception=True)
    one = partial(take_response, form.to_response(), community_id=None, now=timezone.now())

    results = at_once(*[one] * 12)

    assert refusals(results) == ["already_answered"] * 11
    assert OutgoingAction.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_module_may_answer_before_it_has_said_that_it_will(
    door: Door, hello: Add, module: ModuleServer
) -> None:
    hello()

    def say(asked: Asked) -> Told:
        Owed({}, asked.json()).answer(text="Quick!")
        connections.close_all()
        return Told(202)

    module.say = say
    event = door.say("#hello")

    assert event["outcome"] == "pending"
    assert CommandExecution.objects.get().status == "success"
    assert OutgoingAction.objects.get().action["text"] == "Quick!"
    assert not EngineCall.objects.exists()
