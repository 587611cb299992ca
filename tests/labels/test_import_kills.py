"""Workers die at any moment, and each line is done once."""

import csv
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import pytest
from django.conf import settings
from django.utils import timezone

from identity.models import Community
from labels.models import Job, Label, UserLabel
from labels.tasks import run_import
from tests.client import Api
from tests.identity.processes import database_url
from tests.labels.imports import result, send, table

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 200
KILLS = 10
CHUNK = 10
ACTIONS = ("add", "remove") * 2 + ("add",)
# Some chunks of a fast machine, a part of one of a slow machine: anywhere in a chunk.
A_MOMENT = 0.02


@pytest.fixture
def workers() -> Iterator[list[subprocess.Popen[str]]]:
    """Return processes that wait for a word to begin."""
    env = os.environ | {
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "DJANGO_SETTINGS_MODULE": "waddlebot.settings",
        "BULK_OPERATION_SIZE": str(CHUNK),
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.labels.importer"],
            env=env,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(KILLS)
    ]
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def test_a_worker_killed_ten_times_loses_no_line_and_does_none_twice(
    api: Api, rookery: Community, workers: list[subprocess.Popen[str]]
) -> None:
    Label.objects.create(community=rookery, name="vip")
    rows = [
        ("vip", "twitch", number, f"user{number}", action)
        for action in ACTIONS
        for number in range(PEOPLE)
    ]
    header = "label,platform,platform_user_id,user_name,action"
    job_id = send(api, table(*rows, header=header)).json()["id"]

    for worker in workers:
        let_work_and_kill(worker, job_id)
        assert lease_is_over(job_id), "there was nothing left to kill it for"
    finish(job_id)

    job = api.get(f"/labels/v1/jobs/{job_id}").json()
    counts = {name: job[name] for name in ("done", "created", "removed", "unchanged")}
    assert counts == {
        "done": len(rows),
        "created": 3 * PEOPLE,
        "removed": 2 * PEOPLE,
        "unchanged": 0,
    }
    assert (job["state"], job["error_count"]) == ("done", 0)

    spells = Counter(UserLabel.objects.values_list("user", flat=True))
    told = [int(row[0]) for row in csv.reader(result(api, job)[1:])]
    assert [*spells.values()] == [3] * PEOPLE
    assert told == list(range(2, len(rows) + 2))


def let_work_and_kill(worker: subprocess.Popen[str], job_id: str) -> None:
    """Kill a worker after some chunks, and anywhere in the next one."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdout.readline()
    started = time.monotonic()
    worker.stdin.write("go\n")
    worker.stdin.flush()
    enough = done(job_id) + random.randrange(PEOPLE // KILLS)  # noqa: S311 - any moment will do
    while done(job_id) <= enough:
        assert time.monotonic() < started + 60, "the worker did not get there"
    with suppress(subprocess.TimeoutExpired):
        worker.wait(timeout=random.uniform(0, A_MOMENT))  # noqa: S311
    worker.kill()
    worker.wait()


def done(job_id: str) -> int:
    return Job.objects.values_list("done", flat=True).get(pk=job_id)


def lease_is_over(job_id: str) -> bool:
    """Say so, instead of waiting for it; return whether there is anything left to do."""
    in_work = Job.objects.filter(pk=job_id, state__in=["queued", "running"])
    return in_work.update(due_at=timezone.now()) > 0


def finish(job_id: str) -> None:
    while lease_is_over(job_id):
        run_import()
