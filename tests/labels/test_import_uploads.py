"""Files on their way in: kept whole or not at all, and a few at a time."""

import io
from datetime import timedelta
from functools import partial

import pytest
from django.test import override_settings
from django.utils import timezone

from identity.models import Community
from labels import api as labels
from labels.api import ImportOrder
from labels.models import Job, JobPart, Label
from labels.operations.importing.intake import LostUploadError
from labels.operations.importing.places import TooManyImportsError
from labels.tasks import run_import, tidy_imports
from tests import make
from tests.client import Api
from tests.labels.imports import broken, imported, send, table
from waddlebot.lib.problems import MalformedError

FILE = table(("vip", "u_1"), ("vip", "u_2"))


@pytest.fixture
def order(rookery: Community) -> ImportOrder:
    return ImportOrder(rookery.pk, "command line", None)


def test_less_than_was_promised_leaves_nothing(order: ImportOrder) -> None:
    receive = partial(labels.receive_import, order=order, clock=timezone.now)

    with pytest.raises(MalformedError):
        receive(stream=io.BytesIO(FILE.encode()), size=len(FILE) + 1)

    assert not Job.objects.exists()


@pytest.mark.parametrize("end", [ConnectionResetError, KeyboardInterrupt])
def test_an_upload_that_breaks_leaves_nothing(
    order: ImportOrder, end: type[BaseException]
) -> None:
    def fail() -> None:
        assert JobPart.objects.exists()
        raise end

    with pytest.raises(end):
        broken(FILE, order, fail)

    assert not JobPart.objects.exists()
    assert not Job.objects.exists()


def test_an_upload_that_was_silent_for_long_is_swept_and_told(order: ImportOrder) -> None:
    def be_silent() -> None:
        Job.objects.update(due_at=timezone.now() - timedelta(seconds=1))
        tidy_imports()

    with pytest.raises(LostUploadError):
        broken(FILE, order, be_silent)

    assert not JobPart.objects.exists()


def test_nobody_sees_a_job_before_its_file_is_whole(api: Api, order: ImportOrder) -> None:
    def look() -> None:
        run_import()
        assert api.get("/labels/v1/jobs").json()["results"] == []
        assert api.get(f"/labels/v1/jobs/{Job.objects.get().pk}").status_code == 404

    broken(FILE, order, look)

    assert [job["state"] for job in api.get("/labels/v1/jobs").json()["results"]] == ["queued"]


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("text/csv; charset=UTF-8", 202),
        ("TEXT/CSV", 202),
        ("text/csv; charset=iso-8859-1", 415),
        ("application/json", 415),
        ("", 415),
    ],
)
def test_only_csv_in_utf8_is_taken(api: Api, content_type: str, status: int) -> None:
    assert send(api, FILE, content_type=content_type).status_code == status


@pytest.mark.parametrize("query", ["kind=people", "action=give", "dry_run=1", "community=nowhere"])
def test_a_query_that_makes_no_sense_is_refused(api: Api, query: str) -> None:
    assert send(api, FILE, query=query).status_code in {400, 404}


@override_settings(LABELS_IMPORT_MAX_MB=1)
def test_what_is_too_long_is_refused_before_it_is_read(api: Api) -> None:
    answer = send(api, FILE + "\n" * 1024 * 1024)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert not Job.objects.exists()


def test_files_go_a_week_after_the_end_and_jobs_after_three_months(api: Api) -> None:
    Label.objects.create(community_id=Community.objects.get().pk, name="vip")
    job = imported(api, FILE)
    address = f"/labels/v1/jobs/{job['id']}"

    for days, states in ((6, (200, 200)), (8, (200, 404)), (91, (404, 404))):
        Job.objects.update(finished_at=timezone.now() - timedelta(days=days))
        tidy_imports()
        assert (api.get(address).status_code, api.get(f"{address}/result").status_code) == states


def test_only_who_manages_labels_may_import(api: Api, rookery: Community) -> None:
    bob = make.member(rookery, make.user("bob"))

    answer = send(Api(make.key(bob, place=rookery)), FILE)

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_no_file_is_no_import(api: Api) -> None:
    assert send(api, b"").status_code == 415
    assert send(api, b"\n").json()["code"] == "bad_header"


def test_a_file_sent_over_and_over_keeps_nobody_else_from_sending(order: ImportOrder) -> None:
    receive = partial(labels.receive_import, size=None, clock=timezone.now)
    receive(stream=io.BytesIO(FILE.encode()), order=order, key="again")
    other = ImportOrder(make.community(owner=make.user("else")).pk, "command line", None)

    def send_again(times: int) -> None:
        if times:
            broken(FILE, order, partial(send_again, times - 1), key="again")
        else:
            receive(stream=io.BytesIO(FILE.encode()), order=other)

    send_again(3)
    with pytest.raises(TooManyImportsError):
        send_again(4)

    assert Job.objects.filter(community_id=other.community_id).count() == 1
