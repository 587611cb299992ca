"""The cast: alice, the rookery, and clients; and the house rules of the suite."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.transaction import Atomic

from identity.models import Community, User
from tests import make
from tests.client import Api
from waddlebot.lib.cache import ear, forget_everything
from waddlebot.lib.redis import client as redis_client


@pytest.fixture(scope="session", autouse=True)
def _redis_is_heard() -> None:
    """A listener that begins in the middle of a test makes it forget what it has loaded."""
    ear.listen()
    deadline = time.monotonic() + 10
    while not ear._trusted_until and time.monotonic() < deadline:
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def _memory_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine Redis may be heard late, and queries would be asked twice."""
    monkeypatch.setattr(ear, "ttl", lambda _: 300.0)


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Iterator[None]:
    forget_everything()
    redis_client().flushdb()
    yield
    forget_everything()


@pytest.fixture(autouse=True)
def _commits_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run what waits for a commit when only the test's own transaction is left open.

    A test is rolled back, so its commits never come; the product's own transactions inside it
    end as they would in production.
    """
    leave = Atomic.__exit__

    def is_only_the_tests() -> bool:
        return bool(connection.atomic_blocks) and all(
            getattr(block, "_from_testcase", False) for block in connection.atomic_blocks
        )

    def run_waiting() -> None:
        waiting, connection.run_on_commit = connection.run_on_commit, []
        for _, function, *_ in waiting:
            function()

    def leave_and_commit(self: Atomic, *problem: Any) -> None:
        leave(self, *problem)
        if is_only_the_tests():
            run_waiting()

    def on_commit(function: Any, robust: bool = False) -> None:  # noqa: FBT001, FBT002
        register(function, robust)
        if is_only_the_tests():
            run_waiting()

    register = connection.on_commit
    monkeypatch.setattr(Atomic, "__exit__", leave_and_commit)
    monkeypatch.setattr(connection, "on_commit", on_commit)


@pytest.fixture
def alice(db: None) -> User:
    return make.user("alice", display_name="Alice")


@pytest.fixture
def rookery(alice: User) -> Community:
    return make.community(owner=alice, name="The Rookery", slug="rookery")


@pytest.fixture
def api(alice: User, rookery: Community) -> Api:
    """Return a client with a key of alice's, for everything in the rookery."""
    return Api(make.key(alice, place=rookery))
