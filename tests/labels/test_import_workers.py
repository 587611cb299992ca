"""Workers take turns, give up in the end, and ask once more who may."""

from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from identity.data import Role
from identity.models import Community, User
from labels.models import Job, Label, UserLabel
from labels.operations.importing import working
from labels.operations.importing.chunks import do_chunk, records_of
from labels.tasks import run_import
from tests import make
from tests.client import Api
from tests.labels.imports import send, table

JOBS = "/labels/v1/jobs"
DO_CHUNK = f"{working.__name__}.do_chunk"
HEADER = "label,platform,platform_user_id,user_name"
FILE = table(*[("vip", "twitch", n, f"user{n}") for n in range(6)], header=HEADER)


@pytest.fixture(autouse=True)
def vip(rookery: Community) -> Label:
    return Label.objects.create(community=rookery, name="vip")


@pytest.fixture
def slow(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker does two lines, then it is another job's turn."""
    settings.BULK_OPERATION_SIZE = 2
    monkeypatch.setattr(working, "SLICE", working.SLICE * 0)


@pytest.mark.usefixtures("slow")
def test_jobs_take_turns(api: Api) -> None:
    addresses = [send(api, FILE)["Location"] for _ in range(2)]
    for _ in range(4):
        run_import()

    assert [api.get(address).json()["done"] for address in addresses] == [4, 4]


@override_settings(BULK_OPERATION_SIZE=2)
def test_lines_that_cannot_be_written_fail_the_job_in_the_end(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = do_chunk

    def fail_at_four(job: Job, *rest: Any, **more: Any) -> Any:
        if job.done == 4:
            raise ZeroDivisionError
        return honest(job, *rest, **more)

    monkeypatch.setattr(DO_CHUNK, fail_at_four)
    address = send(api, FILE)["Location"]
    for _ in range(working.MOST_FAILURES + 1):
        run_import()
        Job.objects.update(due_at=timezone.now())

    failed = api.get(address).json()
    assert (failed["state"], failed["done"]) == ("failed", 4)
    assert failed["failure"].startswith("ZeroDivisionError after 4 of 6 lines.")

    monkeypatch.setattr(DO_CHUNK, honest)
    api.post(f"{address}/retry")
    run_import()
    assert (api.get(address).json()["state"], UserLabel.objects.count()) == ("done", 6)


def test_a_job_whose_workers_die_fails_in_the_end(api: Api) -> None:
    address = send(api, FILE)["Location"]
    Job.objects.update(failures=working.MOST_DEATHS)
    run_import()

    assert api.get(address).json()["failure"] == "Its workers died, one after the other."


def test_a_worker_that_was_taken_over_writes_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = records_of

    def be_slow(job: Job) -> Any:
        Job.objects.update(attempts=job.attempts + 1)
        return honest(job)

    monkeypatch.setattr(f"{working.__name__}.records_of", be_slow)
    address = send(api, FILE)["Location"]
    run_import()

    assert (api.get(address).json()["done"], UserLabel.objects.count()) == (0, 0)


def test_what_its_sender_may_no_longer_give_is_refused(
    rookery: Community, vip: Label, alice: User
) -> None:
    Label.objects.create(community=rookery, name="boss", grants=["commands:*"])
    bob = make.member(rookery, make.user("bob"), Role.ADMIN)
    job = send(
        Api(make.key(bob, place=rookery)),
        table(("boss", bob.public_id), ("vip", alice.public_id)),
    ).json()
    make.member(rookery, bob, Role.MODERATOR)
    run_import()

    row = Job.objects.get(pk=job["id"])
    assert [(each["line"], each["code"]) for each in row.errors] == [(2, "forbidden")]
    assert UserLabel.objects.get().label == vip


def test_of_somebody_who_is_gone_nothing_is_given(api: Api, alice: User) -> None:
    send(api, table(("vip", alice.public_id)))
    Job.objects.update(params=Job.objects.get().params | {"asker_id": 10**9})
    run_import()

    assert Job.objects.get().errors[0]["detail"] == "Whoever asked for this is gone."


def test_of_records_without_measure_a_worker_keeps_little(api: Api, alice: User) -> None:
    long, wide = "x" * 1_000_000, "," * 1_000_000 + "x"
    address = send(api, table((long, "y"), ("vip", wide), ("vip", alice.public_id)))["Location"]

    kept = [sum(map(len, each.cells)) + len(each.cells) for each in records_of(Job.objects.get())]
    run_import()

    assert max(kept) < 1000
    job = api.get(address).json()
    assert (job["created"], [each["detail"] for each in job["errors"]]) == (
        1,
        ["A cell has more than 500 characters.", "There are more cells than columns."],
    )
