"""Workers die at any moment, and each line is done once."""

import csv
import os
import random
import subprocess
import sys
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


@pytest.fixture
def workers() -> Iterator[list[subprocess.Popen[str]]]:
    """Return processes that wait for a word to begin."""
    env = os.environ | {
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "DJANGO_SETTINGS_MODULE": "waddlebot.settings",
        "BULK_OPERATION_SIZE": "10",
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
        for action in ("add", "remove", "add")
        for number in range(PEOPLE)
    ]
    header = "label,platform,platform_user_id,user_name,action"
    job_id = send(api, table(*rows, header=header)).json()["id"]

    reached = [let_work_and_kill(worker, job_id) for worker in workers]
    finish(job_id)

    job = api.get(f"/labels/v1/jobs/{job_id}").json()
    counts = {name: job[name] for name in ("done", "created", "removed", "unchanged")}
    assert len({*reached, 0, 3 * PEOPLE}) > 3, f"the workers got no further than {reached}"
    assert counts == {"done": 3 * PEOPLE, "created": 2 * PEOPLE, "removed": PEOPLE, "unchanged": 0}
    assert (job["state"], job["error_count"]) == ("done", 0)

    spells = Counter(UserLabel.objects.values_list("user", flat=True))
    told = [int(row[0]) for row in csv.reader(result(api, job)[1:])]
    assert [*spells.values()] == [2] * PEOPLE
    assert told == list(range(2, 3 * PEOPLE + 2))


def let_work_and_kill(worker: subprocess.Popen[str], job_id: str) -> int:
    """Return how far the job is after a worker worked on it for some time."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdout.readline()
    worker.stdin.write("go\n")
    worker.stdin.flush()
    with suppress(subprocess.TimeoutExpired):
        worker.wait(timeout=random.uniform(0.05, 0.6))  # noqa: S311 - any moment will do
    worker.kill()
    worker.wait()
    is_over = lease_is_over(job_id)
    return Job.objects.get(pk=job_id).done if is_over else 3 * PEOPLE


def lease_is_over(job_id: str) -> bool:
    """Say so, instead of waiting for it; return whether there is anything left to do."""
    in_work = Job.objects.filter(pk=job_id, state__in=["queued", "running"])
    return in_work.update(due_at=timezone.now()) > 0


def finish(job_id: str) -> None:
    while lease_is_over(job_id):
        run_import()
