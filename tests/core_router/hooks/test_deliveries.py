"""What happens in a community reaches those who asked for it: all of it, in order, once."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import connections
from django.utils import timezone
from prometheus_client import REGISTRY
from pytest_django import Settings

from core_router.engines.breaker import forget_failures
from core_router.models import DeliveryLane, Engine, EventDelivery, EventHook, OutgoingAction
from core_router.operations.deliveries import tidy
from core_router.operations.lanes import claim_lane
from core_router.pipeline.couriers import deliver
from identity.models import AuditEvent, Community, User
from tests import make
from tests.client import Api
from tests.core_router.conftest import Door, line
from tests.core_router.engines.server import Asked, ModuleServer, Told, says
from tests.core_router.hooks.conftest import Told as Add
from waddlebot.lib.ids import new_id_at

pytestmark = pytest.mark.django_db

HOOKS = "/router/v1/communities/rookery/event-hooks"
EVENTS = "/router/v1/events"
NOBODY = "http://127.0.0.1:1/"


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.gone = timedelta()

    def __call__(self) -> datetime:
        return timezone.now() + self.gone

    def pass_by(self, **time: float) -> None:
        self.gone += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def follow(door: Door, event_id: str, **event: Any) -> Any:
    sent = line(event_id=event_id, message_type="follow", **event)
    return door.post(EVENTS, sent).json()


def heard(module: ModuleServer) -> list[str]:
    return [asked.json()["event"]["event_id"] for asked in module.asked]


def test_a_hook_hears_of_its_types_alone(
    door: Door, told: Add, module: ModuleServer, clock: Clock
) -> None:
    told("follow", "chatMessage")

    answer = follow(door, "f1")
    door.say("hello", event_id="c1")
    door.post(EVENTS, line(message_type="raid", event_id="r1"))
    deliver(clock=clock)

    assert answer["outcome"] == "delivered"
    assert heard(module) == ["f1", "c1"]
    sent = module.asked[0].json()
    assert (sent["kind"], sent["entity"]["id"], sent["user"]["name"]) == (
        "event",
        "twitch+rookery",
        "bob",
    )
    assert sent["execution_id"] == module.ids[0]
    assert {row.state for row in EventDelivery.objects.all()} == {"done"}
    assert {json.dumps(row.payload) for row in EventDelivery.objects.all()} == {"{}"}


def test_an_event_that_comes_twice_is_told_once(
    door: Door, told: Add, module: ModuleServer, clock: Clock
) -> None:
    told()

    first, second = follow(door, "f1"), follow(door, "f1")
    deliver(clock=clock)

    assert (first["outcome"], second["outcome"]) == ("delivered", "duplicate")
    assert heard(module) == ["f1"]


def test_a_limited_command_whose_process_died_is_told_by_its_repetition(
    door: Door, told: Add, module: ModuleServer, rookery: Community, clock: Clock
) -> None:
    told("chatMessage")
    make.command(rookery, "hug", cooldown_user_s=60)
    door.say("!hug", event_id="c1")
    lost = door.say("!hug", event_id="c2")
    EventDelivery.objects.filter(event_id="c2").delete()

    again = door.say("!hug", event_id="c2")
    deliver(clock=clock)

    assert (lost["outcome"], again["outcome"]) == ("limited", "limited")
    assert again["execution_id"] == lost["execution_id"]
    assert heard(module) == ["c1", "c2"]


def test_what_a_rule_stops_is_told_to_nobody(
    door: Door, told: Add, module: ModuleServer, api: Api, clock: Clock
) -> None:
    told("chatMessage")
    rule = {"name": "x", "pattern": "bad", "match": "word", "actions": [{"type": "warn"}]}
    api.post("/router/v1/communities/rookery/rules", rule)

    door.say("bad")
    deliver(clock=clock)

    assert module.asked == []


def test_what_it_answers_waits_for_the_collector(
    door: Door, told: Add, module: ModuleServer, clock: Clock
) -> None:
    told()
    module.say = says({"text": "Welcome!"})

    event = follow(door, "f1", message_id="m1")
    deliver(clock=clock)

    waiting = OutgoingAction.objects.get()
    assert waiting.action["text"] == "Welcome!"
    assert str(waiting.execution_id) == event["execution_id"]


def test_a_server_that_was_down_hears_all_in_order_once(
    door: Door, told: Add, module: ModuleServer, clock: Clock
) -> None:
    hook = told(target=NOBODY)
    for number in range(60):
        follow(door, f"f{number}")
    for _ in range(3):
        deliver(clock=clock)
        clock.pass_by(minutes=1)
    waiting = EventDelivery.objects.filter(state="queued").count()
    hook.refresh_from_db()

    hook.engine.target = module.url
    hook.engine.save()
    forget_failures()
    deliver(clock=clock)

    assert (waiting, hook.failing_since is not None) == (60, True)
    assert heard(module) == [f"f{number}" for number in range(60)]
    assert len(set(module.ids)) == 60
    assert EventHook.objects.get().failing_since is None


def test_who_has_come_back_and_fails_again_is_asked_again_soon(
    door: Door, told: Add, module: ModuleServer, clock: Clock
) -> None:
    told()
    follow(door, "f1")
    follow(door, "f2")
    DeliveryLane.objects.update(attempts=20)
    module.say = lambda asked: Told(
        503 if asked.json()["event"]["event_id"] == "f2" and len(module.asked) < 3 else 200
    )

    deliver(clock=clock)
    clock.pass_by(seconds=2)
    deliver(clock=clock)

    assert heard(module) == ["f1", "f2", "f2"]


def test_an_event_that_is_refused_is_given_up_and_the_rest_goes_on(
    door: Door, told: Add, module: ModuleServer, api: Api, clock: Clock
) -> None:
    hook = told()

    def refuses_one(asked: Asked) -> Told:
        return Told(422 if asked.json()["event"]["event_id"] == "f1" else 200)

    module.say = refuses_one
    follow(door, "f1")
    follow(door, "f2")
    for _ in range(4):
        deliver(clock=clock)
        clock.pass_by(minutes=1)

    assert heard(module) == ["f1", "f1", "f1", "f2"]
    dead = api.get(f"{HOOKS}/{hook.pk}/deliveries?state=dead").json()["results"]
    assert [(row["event_id"], row["reason"], row["attempts"]) for row in dead] == [
        ("f1", "module_error", 3)
    ]


def test_what_was_given_up_is_sent_again_under_its_id(
    door: Door, told: Add, module: ModuleServer, api: Api, clock: Clock
) -> None:
    hook = told()
    module.say = says({}, 400)
    for number in range(3):
        follow(door, f"f{number}")
    for _ in range(9):
        deliver(clock=clock)
        clock.pass_by(minutes=1)
    rows = api.get(f"{HOOKS}/{hook.pk}/deliveries?state=dead").json()["results"]
    first = rows[-1]["id"]
    before = set(module.ids)
    module.asked.clear()

    module.say = says({})
    one = api.post(f"/router/v1/communities/rookery/deliveries/{first}/replay", {})
    deliver(clock=clock)
    rest = api.post(f"{HOOKS}/{hook.pk}/replay", {})
    deliver(clock=clock)
    again = api.post(f"/router/v1/communities/rookery/deliveries/{first}/replay", {})

    assert (one.status_code, one.json()["state"]) == (200, "queued")
    assert rest.json() == {"replayed": 2}
    assert heard(module) == ["f0", "f1", "f2"]
    assert set(module.ids) == before
    assert (again.status_code, again.json()["code"]) == (409, "not_dead")


@pytest.fixture
def letters(alice: User, mailoutbox: list[EmailMessage]) -> list[EmailMessage]:
    User.objects.filter(pk=alice.pk).update(email="alice@example.org")
    return mailoutbox


def test_a_hook_that_is_gone_is_switched_off_and_its_owners_are_told(
    door: Door, told: Add, module: ModuleServer, api: Api, letters: list[EmailMessage]
) -> None:
    clock = Clock()
    hook = told()
    module.say = says({}, 410)
    follow(door, "f1")

    deliver(clock=clock)
    shown = api.get(f"{HOOKS}/{hook.pk}").json()
    module.say = says({})
    api.patch(f"{HOOKS}/{hook.pk}", {"enabled": True})
    deliver(clock=clock)

    assert (shown["enabled"], "410" in shown["disabled_because"]) == (False, True)
    assert AuditEvent.objects.filter(action="event_hook.disabled").count() == 1
    assert [letter.to for letter in letters] == [["alice@example.org"]]
    assert heard(module) == ["f1", "f1"]


def test_after_a_day_of_failing_it_is_switched_off(
    door: Door, told: Add, clock: Clock, settings: Settings
) -> None:
    hook = told(target=NOBODY)
    follow(door, "f1")
    deliver(clock=clock)

    clock.pass_by(hours=settings.HOOK_DISABLED_AFTER_H)
    deliver(clock=clock)
    clock.pass_by(minutes=1)
    deliver(clock=clock)

    hook.refresh_from_db()
    assert (hook.enabled, hook.disabled_because[:13]) == (False, "It has failed")
    assert EventDelivery.objects.get().state == "queued"
    assert not DeliveryLane.objects.get().has_work


def test_what_waits_for_a_hook_that_is_off_is_given_up_after_three_days(
    door: Door, told: Add, api: Api
) -> None:
    hook = told()
    follow(door, "f1")
    api.patch(f"{HOOKS}/{hook.pk}", {"enabled": False})
    old = new_id_at(timezone.now() - timedelta(days=3, minutes=1))
    EventDelivery.objects.update(id=old)

    tidy(now=timezone.now())

    row = EventDelivery.objects.get()
    assert (row.state, row.reason) == ("dead", "hook_disabled")


def test_the_lane_of_a_killed_courier_is_taken_over_within_a_quarter_of_a_minute(
    door: Door, told: Add, module: ModuleServer, clock: Clock
) -> None:
    told()
    follow(door, "f1")
    claim_lane(now=clock())

    deliver(clock=clock)
    before = heard(module)
    clock.pass_by(seconds=15.1)
    deliver(clock=clock)

    assert (before, heard(module)) == ([], ["f1"])


@pytest.mark.django_db(transaction=True)
def test_a_lane_stays_with_its_courier_for_as_long_as_a_call_may_take(
    door: Door, told: Add, module: ModuleServer, clock: Clock
) -> None:
    hook = told()
    Engine.objects.filter(pk=hook.engine_id).update(timeout_s=30)
    free_at: list[datetime] = []

    def look(_: Asked) -> Told:
        free_at.append(DeliveryLane.objects.get().due_at)
        connections.close_all()
        return Told(204)

    module.say = look
    follow(door, "f1")
    asked_at = clock()
    deliver(clock=clock)

    assert free_at[0] - asked_at >= timedelta(seconds=35)


def test_each_attempt_is_counted(
    door: Door, told: Add, module: ModuleServer, clock: Clock
) -> None:
    told()
    module.say = says({}, 400)
    before = {state: tried(state) for state in ("done", "again", "dead")}
    follow(door, "f1")
    for _ in range(3):
        deliver(clock=clock)
        clock.pass_by(minutes=1)
    module.say = says({})
    follow(door, "f2")
    deliver(clock=clock)

    counted = {state: tried(state) - count for state, count in before.items()}
    assert counted == {"done": 1, "again": 2, "dead": 1}


def tried(state: str) -> float:
    labels = {"engine": "webhook", "state": state}
    return REGISTRY.get_sample_value("waddlebot_event_deliveries_total", labels) or 0


def test_sequential_hooks_are_told_by_priority_and_parallel_ones_at_once(
    door: Door, told: Add, module: ModuleServer, clock: Clock
) -> None:
    second = told(mode="sequential", priority=2, target=module.url + "?second")
    first = told(mode="sequential", priority=1, target=NOBODY)
    told(mode="parallel", priority=3, target=module.url + "?third")
    follow(door, "f1")

    deliver(clock=clock)
    before = len(module.asked)
    first.engine.target = module.url + "?first"
    first.engine.save()
    for _ in range(3):
        clock.pass_by(minutes=1)
        deliver(clock=clock)

    chained = EventDelivery.objects.get(hook=second)
    assert (before, len(module.asked)) == (1, 3)
    assert chained.after == EventDelivery.objects.get(hook=first).pk
    assert module.ids[1:] == [str(chained.after), str(chained.pk)]


def test_a_text_that_may_hold_a_code_is_sealed_while_it_waits(
    door: Door, told: Add, module: ModuleServer, clock: Clock, rookery: Community
) -> None:
    told("chatMessage")

    door.say("my code is ABC234")
    waiting = json.dumps(EventDelivery.objects.get().payload)
    deliver(clock=clock)

    assert "ABC234" not in waiting
    assert module.asked[0].json()["event"]["message_content"] == "my code is ABC234"
