import time
from typing import Any

import pytest
from celery import shared_task
from celery.signals import before_task_publish, worker_ready, worker_shutdown

from waddlebot.lib import metrics, worker
from waddlebot.lib.logging import current_request_id, in_request


class Consumer:
    hostname = "worker@test"


@shared_task
def whose() -> str:
    return current_request_id()


@shared_task
def broken() -> None:
    raise ValueError("on purpose")


def wait_for(count: int) -> int:
    deadline = time.monotonic() + 5
    while worker.workers_alive() != count and time.monotonic() < deadline:
        time.sleep(0.02)
    return worker.workers_alive()


def counted(line: str) -> float:
    page = metrics.exposition(connections=None).decode()
    return next(
        (float(each.split()[-1]) for each in page.splitlines() if each.startswith(line)), 0
    )


def test_a_worker_gives_signs_of_life_until_it_ends() -> None:
    worker_ready.send(sender=Consumer())
    assert wait_for(1) == 1

    worker_shutdown.send(sender=None)
    assert wait_for(0) == 0


def test_a_worker_that_was_killed_is_not_counted_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    worker.beat("worker@gone")
    now = time.time()
    monkeypatch.setattr("waddlebot.lib.worker.time.time", lambda: now + worker.DEAD_AFTER_S + 1)

    assert worker.workers_alive() == 0


def test_a_task_carries_the_id_of_its_request() -> None:
    headers: dict[str, Any] = {}
    with in_request("request-12345"):
        before_task_publish.send(sender="whose", headers=headers)

    assert headers == {"request_id": "request-12345"}
    assert whose.apply(headers=headers).get() == "request-12345"
    assert current_request_id() == ""


def test_a_task_of_no_request_gets_an_id_of_its_own() -> None:
    assert len(whose.apply().get()) == 36


def test_tasks_are_counted_by_how_they_end() -> None:
    success = 'waddlebot_tasks_total{state="success",task="tests.lib.test_worker.whose"}'
    failure = 'waddlebot_tasks_total{state="failure",task="tests.lib.test_worker.broken"}'
    before = counted(success), counted(failure)

    whose.apply()
    broken.apply()

    assert (counted(success), counted(failure)) == (before[0] + 1, before[1] + 1)
