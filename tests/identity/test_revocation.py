"""A key revoked here is dead in every other process within a second."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from identity import api as identity
from identity.models import ApiKey
from tests import make
from tests.identity.processes import database_url

pytestmark = pytest.mark.django_db(transaction=True)

NOBODY_LISTENS = "redis://127.0.0.1:1/0"

Ask = Callable[[str], str]


@pytest.fixture(params=["with Redis", "without Redis"])
def ask(request: pytest.FixtureRequest) -> Iterator[Ask]:
    redis = NOBODY_LISTENS if request.param == "without Redis" else os.environ["REDIS_URL"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.identity.watcher"],
        env=os.environ | {"DATABASE_URL": database_url(), "REDIS_URL": redis},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def ask_it(full: str) -> str:
        assert process.stdin is not None
        assert process.stdout is not None
        print(full, file=process.stdin, flush=True)
        return process.stdout.readline().strip()

    yield ask_it
    process.communicate(timeout=10)


def test_a_revoked_key_is_refused_by_another_process_within_a_second(ask: Ask) -> None:
    full = make.key(make.user("bob"))
    assert ask(full) == "taken"

    identity.revoke_key(pk=ApiKey.objects.get().pk)

    revoked_at = time.monotonic()
    while ask(full) == "taken":
        assert time.monotonic() - revoked_at < 1.1
