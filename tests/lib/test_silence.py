"""A Redis that is frozen takes connections and answers nothing."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from celery import current_app
from kombu.exceptions import OperationalError
from pytest_django import Settings

from waddlebot.lib import nudge as nudging
from waddlebot.lib import redis as house
from waddlebot.lib.silence import Silence
from waddlebot.runtime.valkey import Valkey


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path, persist=False)
    server.start()
    yield server
    _send(server, signal.SIGCONT)
    server.stop()


@pytest.fixture
def client(server: Valkey, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> "redis.Redis":
    settings.REDIS_URL = server.url
    monkeypatch.setattr(house, "_silence", Silence(house.AVOID_S))
    return house.client.__wrapped__()


def _send(server: Valkey, number: signal.Signals) -> None:
    assert server.process is not None
    os.kill(server.process.pid, number)


def test_who_comes_after_one_that_waited_in_vain_is_not_kept_waiting(
    server: Valkey, client: "redis.Redis"
) -> None:
    client.set("a", 1)
    _send(server, signal.SIGSTOP)
    with pytest.raises(redis.TimeoutError):
        client.get("a")

    with pytest.raises(house.NotReachedError):
        client.get("a")


def test_a_server_that_is_back_is_found(server: Valkey, client: "redis.Redis") -> None:
    client.set("a", 1)
    _send(server, signal.SIGSTOP)
    with pytest.raises(redis.TimeoutError):
        client.get("a")
    _send(server, signal.SIGCONT)

    deadline = time.monotonic() + 20
    answer = None
    while answer is None and time.monotonic() < deadline:
        try:
            answer = client.get("a")
        except redis.RedisError:
            time.sleep(0.02)

    assert answer == b"1"


def test_one_finds_out_while_the_others_go_on() -> None:
    silence = Silence(avoid_s=0)
    assert not silence.is_kept()

    silence.begin()
    assert not silence.is_kept(), "it is time to look again"

    silence = Silence(avoid_s=60)
    silence.begin()
    assert silence.is_kept()
    silence.end()
    assert not silence.is_kept()


def test_a_broker_that_let_one_wait_is_not_asked_by_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def wait_in_vain(task: str, **_: object) -> None:
        asked.append(task)
        raise OperationalError

    monkeypatch.setattr(nudging, "_silence", Silence(60))
    monkeypatch.setattr(current_app, "send_task", wait_in_vain)
    nudging.nudge("labels.tasks.run_import")
    nudging.nudge("labels.tasks.run_import")

    assert asked == ["labels.tasks.run_import"]
