"""However it ends, nothing is left behind and the next start works."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime.running import Up, wait_until

pytestmark = pytest.mark.xdist_group("up")


@pytest.fixture(scope="module")
def home(folder: Path) -> Iterator[Up]:
    (folder / "endings").mkdir()
    up = Up(folder / "endings" / "data")
    yield up
    up.stop()


def test_after_kill_9_nothing_is_left_and_the_next_start_works(home: Up) -> None:
    home.start("--no-demo")
    home.signal(signal.SIGKILL)
    home.exit_status()
    wait_until(lambda: home.processes() == [], "the end of every child")

    home.start("--no-demo")
    home.signal(signal.SIGINT)
    assert home.exit_status() == 0
    assert home.processes() == []
    assert not (home.data / "running.json").exists()


def test_a_killed_worker_leaves_no_beat_and_no_postgresql_is_the_end(home: Up) -> None:
    home.start("--no-demo")
    before = set(home.processes("celery"))
    os.kill(min(before), signal.SIGKILL)
    wait_until(lambda: not before & set(home.processes("celery")), "the end of its beat")
    wait_until(lambda: len(home.processes("celery")) == len(before), "a new worker")

    postmaster = int((home.data / "postgres/postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    assert home.exit_status() == 1
    assert home.processes() == []
    assert "PostgreSQL ended by itself" in (home.data.parent / "up.log").read_text()


def test_a_bad_setting_is_named_in_one_line(home: Up) -> None:
    done = home.run(*home.up_command()[3:], CACHE_TTL="soon")

    assert done.returncode == 1
    assert done.stderr == "waddlebot: CACHE_TTL must be a whole number, not 'soon'\n"
