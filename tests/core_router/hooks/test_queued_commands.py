"""Commands with an engine that nobody waits for are called by a courier, once."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from pytest_django import Settings

from core_router.models import (
    Command,
    CommandExecution,
    Engine,
    EngineCall,
    EventDelivery,
    OutgoingAction,
)
from core_router.operations import inbox
from core_router.operations.commands import remove_command
from core_router.pipeline.couriers import deliver
from core_router.pipeline.queued import work
from identity.models import Community
from tests.core_router.conftest import Door, line
from tests.core_router.engines.conftest import hello
from tests.core_router.engines.server import ModuleServer, says
from tests.labels.crossing import crossing

pytestmark = pytest.mark.django_db
__all__ = ["hello"]

EVENTS = "/router/v1/events"
Add = Callable[..., Command]


def send(door: Door) -> str:
    door.post(EVENTS, line("#hello you", event_id="e1", message_id="m1"), prefer="respond-async")
    inbox.drain(work, clock=timezone.now)
    return str(result(door))


def result(door: Door) -> str:
    return str(door.get(f"{EVENTS}/e1?platform=twitch").json()["outcome"])


def test_it_is_pending_until_its_module_has_answered(
    door: Door, hello: Add, module: ModuleServer
) -> None:
    hello()

    before, asked = send(door), len(module.asked)
    again = door.say("#hello you", event_id="e1", message_id="m1")
    deliver(clock=timezone.now)

    assert (before, asked, again["outcome"]) == ("pending", 0, "duplicate")
    assert (result(door), len(module.asked)) == ("executed", 1)
    action = OutgoingAction.objects.get().action
    assert (action["text"], action["reply_to"]) == ("Hello!", "m1")
    assert CommandExecution.objects.get().status == "success"
    assert (EventDelivery.objects.get().state, EngineCall.objects.count()) == ("done", 0)


def test_a_module_that_fails_is_told_of_politely(
    door: Door, hello: Add, module: ModuleServer
) -> None:
    hello()
    module.say = says({}, 500)
    send(door)

    deliver(clock=timezone.now)

    assert (result(door), len(module.asked)) == ("failed", 1)
    assert "Sorry" in OutgoingAction.objects.get().action["text"]
    assert CommandExecution.objects.get().reason == "module_error"


def test_what_can_be_opened_no_more_ends_and_keeps_nobody_waiting(
    door: Door, hello: Add, module: ModuleServer, settings: Settings
) -> None:
    hello()
    text = "#hello abc234"  # It may hold a code, so it is sealed.
    door.post(EVENTS, line(text, event_id="e1", message_id="m1"), prefer="respond-async")
    inbox.drain(work, clock=timezone.now)
    settings.SECRET_KEY = "another " * 8

    deliver(clock=timezone.now)

    assert (EventDelivery.objects.get().state, EngineCall.objects.count()) == ("done", 0)
    assert CommandExecution.objects.get().reason == "lost_key"


def test_a_module_may_say_that_it_answers_later(
    door: Door, hello: Add, module: ModuleServer
) -> None:
    hello()
    module.say = says({}, 202)
    send(door)

    deliver(clock=timezone.now)

    assert result(door) == "pending"
    assert EngineCall.objects.get().state == "pending"
    assert CommandExecution.objects.get().status == "pending"
    assert EventDelivery.objects.get().state == "done"


@pytest.mark.django_db(transaction=True)
def test_a_command_is_removed_while_its_engine_is_being_owed_a_call(
    door: Door, hello: Add, rookery: Community
) -> None:
    command = hello()
    door.post(EVENTS, line("#hello you", event_id="e1"), prefer="respond-async")

    crossing(
        lambda: inbox.drain(work, clock=timezone.now),
        lambda: remove_command(
            community_id=rookery.pk, command_id=command.pk, actor="test", now=timezone.now()
        ),
        lambda: None,
    )

    assert not EventDelivery.objects.exists()
    assert not Engine.objects.exists()
