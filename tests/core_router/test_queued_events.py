"""Events accepted for later are processed once, whatever happens to the worker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from core_router import tasks
from core_router.models import CommandExecution, QueuedEvent
from core_router.operations import inbox
from core_router.pipeline.queued import work
from core_router.wire import to_event
from identity.models import Community
from tests import make
from tests.core_router.conftest import Door, line
from waddlebot.lib.cache import forget_everything

EVENTS = "/router/v1/events"
LATER = {"prefer": "respond-async"}


def process_queue() -> int:
    return inbox.drain(work, clock=timezone.now)


@pytest.mark.django_db
def test_it_is_accepted_first_and_answered_later(door: Door, rookery: Community) -> None:
    make.command(rookery, "hail")

    accepted = door.post(EVENTS, line("!hail", event_id="e/1"), **LATER)
    place = accepted.headers["Location"]
    before = door.get(place).json()
    process_queue()
    after = door.get(place).json()

    assert (accepted.status, accepted.json()["outcome"]) == (202, "pending")
    assert before["outcome"] == "pending"
    assert after["outcome"] == "executed"
    assert after["execution_id"] == accepted.json()["execution_id"]
    assert after["actions"][0]["text"] == "This is hail."


@pytest.mark.django_db
def test_the_same_event_is_queued_once(door: Door, rookery: Community) -> None:
    make.command(rookery, "hail")

    first, second = (door.post(EVENTS, line("!hail", event_id="e1"), **LATER) for _ in range(2))
    process_queue()

    assert first.json()["execution_id"] == second.json()["execution_id"]
    assert CommandExecution.objects.count() == 1


@pytest.mark.django_db
def test_an_event_without_an_id_gets_one(door: Door, rookery: Community) -> None:
    accepted = door.post(EVENTS, line("hi"), **LATER).json()

    process_queue()

    assert (
        door.get(f"{EVENTS}/{accepted['event_id']}?platform=twitch").json()["outcome"] == "ignored"
    )


@pytest.mark.django_db
def test_nobody_elses_result_can_be_read(door: Door, rookery: Community) -> None:
    door.post(EVENTS, line("hi", event_id="e1"), **LATER)
    eve = make.user()
    stranger = make.key(eve, scopes=["events:write"], place=make.community(owner=eve))

    said = door.get(f"{EVENTS}/e1?platform=twitch", key=stranger)

    assert said.status == 404


@pytest.mark.django_db
def test_a_channel_nobody_claimed_is_answered_at_once(door: Door) -> None:
    said = door.post(EVENTS, line("hi", server_id="elsewhere"), **LATER)

    assert (said.status, said.json()["outcome"]) == (200, "unknown_entity")


@pytest.mark.django_db
def test_an_event_that_breaks_the_worker_spoils_no_other(
    door: Door, rookery: Community, caplog: pytest.LogCaptureFixture
) -> None:
    door.post(EVENTS, line("hi", event_id="good"), **LATER)
    door.post(EVENTS, line("hi", event_id="bad"), **LATER)

    def breaks(items: Sequence[Any]) -> Any:
        if any(each.event.event_id == "bad" for each in items):
            raise ArithmeticError
        return work(items)

    inbox.drain(breaks, clock=timezone.now)

    good, bad = (QueuedEvent.objects.get(event_id=name) for name in ("good", "bad"))
    assert good.state == "done"
    assert (bad.state, bad.attempts, bad.error) == ("queued", 1, "ArithmeticError")
    assert bad.due_at > timezone.now()


@pytest.mark.django_db
def test_after_six_attempts_an_event_is_dead_and_says_why(door: Door, rookery: Community) -> None:
    door.post(EVENTS, line("hi", event_id="bad"), **LATER)

    def breaks(_: Sequence[Any]) -> Any:
        raise ArithmeticError

    for _ in range(6):
        QueuedEvent.objects.update(due_at=timezone.now())
        inbox.drain(breaks, clock=timezone.now)

    assert QueuedEvent.objects.get().state == "dead"
    assert door.get(f"{EVENTS}/bad?platform=twitch").json()["outcome"] == "failed"


@pytest.mark.django_db
def test_an_event_whose_text_can_be_opened_no_more_is_dead_and_spoils_no_other(
    door: Door, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.post(EVENTS, line("it may be abc234", event_id="sealed"), **LATER)
    monkeypatch.setattr(settings, "SECRET_KEY", "another " * 8)
    door.post(EVENTS, line("hi", event_id="open"), **LATER)

    process_queue()

    row = QueuedEvent.objects.get(event_id="sealed")
    assert (row.state, row.error) == ("dead", "sealed_with_lost_key")
    assert QueuedEvent.objects.get(event_id="open").state == "done"


@pytest.mark.django_db
def test_a_finished_event_keeps_no_message_text(door: Door, rookery: Community) -> None:
    door.post(EVENTS, line("a secret", event_id="e1"), **LATER)

    process_queue()

    row = QueuedEvent.objects.get()
    assert "a secret" not in str(row.payload) + str(row.answer)


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """Run a real Celery worker on the test's database."""
    database = settings.DATABASES["default"]
    url = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{database['NAME']}"
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "waddlebot", "worker", "-P", "threads", "-c", "2"],
        env=os.environ | {"DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until(left: int, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while QueuedEvent.objects.filter(state="queued").count() > left:
        assert time.monotonic() < deadline, "the worker did not get there"
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_loses_nothing_and_does_nothing_twice(rookery: Community) -> None:
    make.entity(rookery)
    make.command(rookery, "hug", "Hug ${count}")
    forget_everything()
    now = timezone.now()
    for number in range(600):
        event = to_event(line("!hug", event_id=str(number)))
        inbox.accept(event, community_id=rookery.pk, now=now)

    with worker():
        tasks.process_queue.delay()
        wait_until(left=500)
    with worker():
        tasks.process_queue.delay()
        wait_until(left=0)

    texts = [row.answer["actions"][0]["text"] for row in QueuedEvent.objects.all() if row.answer]
    assert sorted(texts) == sorted(f"Hug {count}" for count in range(1, 601))
    assert CommandExecution.objects.count() == 600
