"""Jobs: seen by those who may, stopped between two chunks, and gone on with."""

from typing import Any

import pytest

from identity.models import AuditEvent, Community
from labels.models import JobPart, Label, UserLabel
from labels.operations.importing import working
from labels.tasks import run_import
from tests import make
from tests.client import Api
from tests.labels.imports import imported, result, send, table

JOBS = "/labels/v1/jobs"
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


def test_a_community_lists_its_jobs_newest_first(api: Api) -> None:
    ids = [imported(api, FILE)["id"], send(api, FILE).json()["id"]]

    page = api.get(f"{JOBS}?limit=1").json()
    rest = api.get(page["next"]).json()
    waiting = api.get(f"{JOBS}?state=queued").json()

    assert [job["id"] for job in page["results"] + rest["results"]] == ids[::-1]
    assert [job["id"] for job in waiting["results"]] == ids[1:]


@pytest.mark.parametrize("what", ["", "/cancel", "/retry", "/result"])
def test_a_job_of_another_community_is_not_there(api: Api, what: str) -> None:
    job = imported(api, FILE)
    stranger = make.user("stranger")
    method = "POST" if what in {"/cancel", "/retry"} else "GET"

    for place in (make.community(owner=stranger), None):
        answer = Api(make.key(stranger, place=place)).send(method, f"{JOBS}/{job['id']}{what}")
        assert answer.status_code == 404
    assert (
        api.send(method, f"{JOBS}/01234567-89ab-7def-8123-456789abcdef{what}").status_code == 404
    )
    assert api.send(method, f"{JOBS}/nothing{what}").status_code == 404


def test_a_member_sees_no_jobs(api: Api, rookery: Community) -> None:
    bob = Api(make.key(make.member(rookery, make.user("bob")), place=rookery))
    job = imported(api, FILE)

    assert bob.get(JOBS).status_code == 403
    assert bob.get(f"{JOBS}/{job['id']}").status_code == 403


@pytest.mark.usefixtures("slow")
def test_a_cancelled_job_stops_between_two_chunks_and_says_what_is_done(api: Api) -> None:
    address = send(api, FILE)["Location"]
    run_import()
    assert api.get(f"{address}/result").json()["code"] == "job_in_work"
    cancelled = api.post(f"{address}/cancel")
    run_import()

    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert api.get(address).json() == cancelled.json()
    assert (cancelled.json()["done"], UserLabel.objects.count()) == (2, 2)
    assert len(result(api, cancelled.json())) == 3


def test_cancelling_twice_is_fine_and_too_late_is_not(api: Api) -> None:
    address = send(api, FILE)["Location"]
    assert [api.post(f"{address}/cancel").status_code for _ in "12"] == [200, 200]

    late = api.post(f"{JOBS}/{imported(api, FILE)['id']}/cancel")
    assert (late.status_code, late.json()["code"]) == (409, "job_ended")


@pytest.mark.usefixtures("slow")
def test_a_cancelled_job_can_be_gone_on_with(api: Api) -> None:
    address = send(api, FILE)["Location"]
    run_import()
    api.post(f"{address}/cancel")
    again = api.post(f"{address}/retry")
    for _ in range(4):
        run_import()

    job = api.get(address).json()
    assert (again.status_code, again.json()["state"]) == (200, "queued")
    assert (job["state"], job["done"], job["created"], UserLabel.objects.count()) == (
        "done",
        6,
        6,
        6,
    )


def test_what_is_done_or_lost_its_file_is_not_gone_on_with(api: Api) -> None:
    done = imported(api, FILE)["id"]
    lost = send(api, FILE).json()["id"]
    api.post(f"{JOBS}/{lost}/cancel")
    JobPart.objects.all().delete()

    answers = [api.post(f"{JOBS}/{each}/retry") for each in (done, lost)]
    assert [answer.json()["code"] for answer in answers] == ["job_not_resumable"] * 2


def test_each_step_is_on_the_record(api: Api) -> None:
    address = send(api, FILE)["Location"]
    for step in ("cancel", "retry", "cancel"):
        api.post(f"{address}/{step}")

    events = AuditEvent.objects.filter(action__startswith="label_import_").order_by("id")
    states = [e.details["before"].get("state", "") for e in events]
    assert [event.action.removeprefix("label_import_") for event in events] == [
        "started",
        "cancelled",
        "retried",
        "cancelled",
    ]
    assert states == ["", "queued", "cancelled", "queued"]
