"""What the event endpoints promise when something is wrong, or everything comes at once."""

import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from django.db import OperationalError, connection, connections
from django.utils import timezone

from core_router import pipeline, sdk
from core_router.models import CommandExecution, Counter, EngineCall
from core_router.operations.executions import write_executions
from core_router.pipeline import duplicates, execute, run
from core_router.pipeline import gate as gates
from core_router.queries.refusals import last_refusal
from identity.models import Community, IdentityLink
from tests import make
from tests.core_router.conftest import Door, line

EVENTS = "/router/v1/events"


@pytest.fixture
def no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody_answers(*_: object) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(gates, "call", nobody_answers)
    monkeypatch.setattr(gates, "gate", gates.Gate())
    monkeypatch.setattr(run, "gate", gates.gate)


@pytest.mark.django_db
@pytest.mark.usefixtures("no_redis")
def test_without_redis_commands_run_and_cooldowns_hold(door: Door, rookery: Community) -> None:
    make.command(rookery, "hug", cooldown_user_s=60)

    outcomes = [door.say("!hug", event_id=name)["outcome"] for name in ("e1", "e1", "e2")]

    assert outcomes == ["executed", "duplicate", "limited"]


@pytest.mark.django_db
def test_without_postgresql_the_answer_is_503_and_the_event_may_come_again(
    door: Door, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.command(rookery, "hug", cooldown_user_s=60)

    def is_away(*_: object) -> None:
        raise OperationalError("secret host name")

    with monkeypatch.context() as patch:
        patch.setattr(execute, "write_executions", is_away)
        patch.setattr(connection, "close", lambda: None)
        away = door.post(EVENTS, line("!hug", event_id="e1"))
    back = door.say("!hug", event_id="e1")

    assert (away.status, away.json()["code"]) == (503, "unavailable")
    assert "Retry-After" in away.headers
    assert b"secret" not in away.body
    assert back["outcome"] == "executed"


@pytest.mark.django_db
def test_what_was_done_before_postgresql_went_away_is_not_done_again(
    door: Door, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.command(rookery, "hug", cooldown_user_s=60)

    def is_written_and_away(rows: Any) -> None:
        write_executions(rows)
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(execute, "write_executions", is_written_and_away)
        patch.setattr(connection, "close", lambda: None)
        away = door.post(EVENTS, line("!hug", event_id="e1"))
    back = door.say("!hug", event_id="e1")

    assert (away.status, back["outcome"]) == (503, "duplicate")
    assert str(CommandExecution.objects.get().pk) == back["execution_id"]


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_breaks_is_503_and_the_next_one_is_whole(
    door: Door, rookery: Community
) -> None:
    make.command(rookery, "hug", cooldown_user_s=60)
    make.command(rookery, "wave")
    door.say("!wave")  # From here on a command asks PostgreSQL for nothing but its row.
    with socket.socket(fileno=os.dup(connection.connection.pgconn.socket)) as line_to_postgresql:
        line_to_postgresql.shutdown(socket.SHUT_RDWR)

    broken = door.post(EVENTS, line("!hug", event_id="e1"))
    again = door.say("!hug", event_id="e1")

    assert (broken.status, broken.json()["code"]) == (503, "unavailable")
    assert again["outcome"] == "executed"


@pytest.mark.django_db
def test_too_many_events_in_work_are_told_to_come_later(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = pipeline.Slots(1)
    monkeypatch.setattr(pipeline, "slots", full)

    with full:
        said = door.post(EVENTS, line("hi"))

    assert (said.status, said.headers["Retry-After"]) == (503, "1")


def put_out(row: CommandExecution) -> None:
    """Make of an execution a call whose module is at work."""
    until = timezone.now() + timedelta(seconds=60)
    EngineCall.objects.create(
        id=row.pk, session_id=row.session_id, community_id=row.community_id, command="hug",
        command_id=1, engine="webhook", user_id=1, entity="twitch+rookery", deadline_at=until,
        expires_at=until,
    )  # fmt: skip
    row.delete()


@pytest.mark.django_db(transaction=True)
def test_who_repeats_itself_while_a_module_is_slow_takes_no_place_from_others(
    door: Door, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.command(rookery, "hug")
    make.command(rookery, "wave")
    door.say("!hug", event_id="e1")
    put_out(CommandExecution.objects.get())
    only_one, waits, go_on = pipeline.Slots(1), threading.Event(), threading.Event()
    monkeypatch.setattr(pipeline, "slots", only_one)
    monkeypatch.setattr(duplicates, "slots", only_one)

    def pause(_: float) -> None:
        waits.set()
        go_on.wait(30)

    def repeat() -> str:
        try:
            return str(door.say("!hug", event_id="e1")["outcome"])
        finally:
            connections.close_all()

    monkeypatch.setattr(duplicates, "time", SimpleNamespace(sleep=pause))
    with ThreadPoolExecutor(1) as pool:
        again = pool.submit(repeat)
        assert waits.wait(30)
        beside = door.say("!wave")["outcome"]
        EngineCall.objects.update(state="pending")
        go_on.set()

    assert (beside, again.result()) == ("executed", "duplicate")


@pytest.mark.django_db
def test_a_module_that_breaks_is_answered_politely_and_written_down(
    door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_: object) -> sdk.Reply:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(execute, "_call_module", breaks)

    answer = door.say("!help")

    assert (answer["outcome"], answer["reason"]["code"]) == ("failed", "module_failed")
    assert "secret" not in str(answer)
    assert CommandExecution.objects.get().status == "failed"


@pytest.mark.django_db
def test_the_last_refusal_is_remembered_with_its_trace(door: Door, rookery: Community) -> None:
    make.command(rookery, "ban", min_role="moderator")
    door.say("!ban")

    person = IdentityLink.objects.get().user_id
    refusal = last_refusal(community_id=rookery.pk, user_id=person)

    assert refusal is not None
    assert (refusal.command, refusal.reason.code) == ("ban", "not_permitted")
    assert refusal.trace[-1].step == "permission"


def all_at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    def in_a_thread(number: int) -> Any:
        try:
            ready.wait()
            return act(number)
        finally:
            connections.close_all()

    ready = threading.Barrier(count)
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(in_a_thread, range(count)))


@pytest.mark.django_db(transaction=True)
def test_of_fifty_deliveries_at_once_one_is_executed(door: Door, rookery: Community) -> None:
    make.command(rookery, "hug")

    answers = all_at_once(50, lambda _: door.say("!hug", event_id="e1"))

    outcomes = [answer["outcome"] for answer in answers]
    assert outcomes.count("executed") == 1
    assert outcomes.count("duplicate") == 49
    assert len({answer["execution_id"] for answer in answers}) == 1
    assert CommandExecution.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_take_up_a_lost_event_one_executes_it(door: Door, rookery: Community) -> None:
    make.command(rookery, "hug", cooldown_user_s=60)
    lost = door.say("!hug", event_id="e1")
    CommandExecution.objects.all().delete()

    answers = all_at_once(10, lambda _: door.say("!hug", event_id="e1"))

    outcomes = [answer["outcome"] for answer in answers]
    assert (outcomes.count("executed"), outcomes.count("duplicate")) == (1, 9)
    assert {answer["execution_id"] for answer in answers} == {lost["execution_id"]}


@pytest.mark.django_db(transaction=True)
def test_a_lost_modules_work_is_done_once(door: Door, rookery: Community) -> None:
    mod = {"event_id": "e1", "user_roles": ["moderator"]}
    door.say("!counter deaths +", **mod)
    CommandExecution.objects.all().delete()
    Counter.objects.all().delete()

    all_at_once(10, lambda _: door.say("!counter deaths +", **mod))

    assert Counter.objects.get().value == 1


@pytest.mark.django_db(transaction=True)
def test_of_fifty_people_at_once_a_channel_cooldown_lets_one_through(
    door: Door, rookery: Community
) -> None:
    make.command(rookery, "hug", cooldown_channel_s=60)

    answers = all_at_once(50, lambda number: door.say("!hug", user_id=str(number)))

    outcomes = [answer["outcome"] for answer in answers]
    assert (outcomes.count("executed"), outcomes.count("limited")) == (1, 49)


@pytest.mark.django_db(transaction=True)
def test_fifty_uses_at_once_are_fifty_counts(door: Door, rookery: Community) -> None:
    make.command(rookery, "hug", "${count}")

    answers = all_at_once(50, lambda number: door.say("!hug", user_id=str(number)))

    counts = sorted(int(answer["actions"][0]["text"]) for answer in answers)
    assert counts == list(range(1, 51))
