"""What a process remembers, and that it forgets when it must."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from uuid import uuid4

import pytest
import redis
from django.db import transaction

from waddlebot.lib import cache
from waddlebot.lib.cache import LocalCache, announce
from waddlebot.lib.redis import client as redis_client

SOMEBODY_ELSE = """
import sys, django
django.setup()
from waddlebot.lib.cache import announce
announce(*sys.argv[1:])
"""


@pytest.fixture
def numbers() -> Iterator[LocalCache[int]]:
    """A memory of which look-up it was."""
    asked = count(1)
    # A name of its own: what one test announces may be heard during the next.
    name = f"numbers-{uuid4()}"
    yield LocalCache(name, lambda _: next(asked), size=3)
    cache._caches.pop(name)


def soon(is_true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not is_true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return is_true()


def somebody_else_announces(name: str, key: str) -> None:
    subprocess.run([sys.executable, "-c", SOMEBODY_ELSE, name, key], check=True)  # noqa: S603


def test_what_is_remembered_is_not_asked_again(numbers: LocalCache[int]) -> None:
    assert [numbers.get("a"), numbers.get("b"), numbers.get("a")] == [1, 2, 1]
    assert (numbers.hits, numbers.misses) == (1, 2)


def test_the_oldest_goes_when_it_is_full(numbers: LocalCache[int]) -> None:
    for key in "abcd":
        numbers.get(key)

    assert (numbers.get("d"), numbers.get("a")) == (4, 5)


def test_a_change_is_forgotten_when_it_commits(db: None, numbers: LocalCache[int]) -> None:
    numbers.get("a")

    with transaction.atomic():
        announce(numbers.name, "a")
        before = numbers.get("a")

    assert (before, numbers.get("a")) == (1, 2)


def test_another_key_is_kept(db: None, numbers: LocalCache[int]) -> None:
    numbers.get("a")

    announce(numbers.name, "b")

    assert numbers.get("a") == 1


def test_what_changes_while_it_is_read_is_not_remembered(numbers: LocalCache[int]) -> None:
    load = numbers.load

    def changes_meanwhile(key: str) -> int:
        value = load(key)
        numbers.forget("a")
        return value

    numbers.load = changes_meanwhile
    numbers.get("a")
    numbers.load = load

    assert numbers.get("a") == 2


def test_a_change_in_another_process_is_heard(
    monkeypatch: pytest.MonkeyPatch, numbers: LocalCache[int]
) -> None:
    monkeypatch.setattr(cache, "ear", cache._Ear())
    numbers.get("a")
    assert soon(lambda: cache.ear.ttl(time.monotonic()) > cache.DEAF_TTL_S)
    before = numbers.get("a")

    somebody_else_announces(numbers.name, "a")

    assert soon(lambda: numbers.peek("a") is None)
    assert numbers.get("a") == before + 1
    cache.ear.close()


def test_an_announcement_of_ones_own_is_not_heard_again(
    db: None, monkeypatch: pytest.MonkeyPatch, numbers: LocalCache[int]
) -> None:
    monkeypatch.setattr(cache, "ear", cache._Ear())
    numbers.get("a")
    assert soon(lambda: cache.ear.ttl(time.monotonic()) > cache.DEAF_TTL_S)

    announce(numbers.name, "a")
    numbers.get("a")
    numbers.get("b")
    somebody_else_announces(numbers.name, "b")

    assert soon(lambda: numbers.peek("b") is None)
    assert numbers.peek("a") is not None
    cache.ear.close()


def test_a_process_that_hears_nothing_trusts_nothing_for_longer_than_a_second(
    monkeypatch: pytest.MonkeyPatch, numbers: LocalCache[int]
) -> None:
    monkeypatch.setattr(cache, "ear", cache._Ear())
    monkeypatch.setattr(cache._Ear, "listen", lambda _: None)
    numbers.get("a")
    now = time.monotonic()

    monkeypatch.setattr(time, "monotonic", lambda: now + 0.9)
    within_a_second = numbers.get("a")
    monkeypatch.setattr(time, "monotonic", lambda: now + 1.1)

    assert (within_a_second, numbers.get("a")) == (1, 2)


def test_a_change_nobody_can_be_told_of_is_forgotten_here(
    db: None, monkeypatch: pytest.MonkeyPatch, numbers: LocalCache[int]
) -> None:
    def nobody_answers(*_: object) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(redis_client(), "publish", nobody_answers)
    numbers.get("a")

    announce(numbers.name, "a")

    assert numbers.get("a") == 2
