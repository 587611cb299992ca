"""A few imports at a time for each community, and one for each Idempotency-Key."""

import io
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from identity.models import Community
from labels import api as labels
from labels.api import ImportOrder
from labels.models import Job
from labels.tasks import run_import
from tests.client import Api
from tests.identity.parallel import at_once, refusals
from tests.labels.imports import broken, imported, send, table

FILE = table(("vip", "u_1"), ("vip", "u_2"))


@pytest.fixture
def order(rookery: Community) -> ImportOrder:
    return ImportOrder(rookery.pk, "command line", None)


def test_a_few_imports_are_in_work_for_a_community_at_a_time(api: Api) -> None:
    waiting = [send(api, FILE) for _ in range(3)]
    refused = send(api, FILE)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_imports")
    assert int(refused["Retry-After"]) > 0

    api.post(f"{waiting[0]['Location']}/cancel")
    assert send(api, FILE).status_code == 202


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_no_more_than_a_few_get_in(order: ImportOrder) -> None:
    def receive() -> Any:
        stream = io.BytesIO(FILE.encode())
        return labels.receive_import(stream=stream, size=None, order=order, clock=timezone.now)

    results = at_once(*[receive] * 8)

    assert refusals(results) == ["too_many_imports"] * 5
    assert Job.objects.count() == 3


def test_the_same_key_and_file_mean_the_same_job(api: Api) -> None:
    first = send(api, FILE, **{"Idempotency-Key": "k"})
    run_import()
    again = send(api, FILE, **{"Idempotency-Key": "k"})

    assert (again.status_code, again["Idempotency-Replayed"]) == (202, "true")
    assert again.json()["id"] == first.json()["id"]
    assert Job.objects.count() == 1


@pytest.mark.parametrize(("body", "query"), [(FILE + "\n", ""), (FILE, "action=remove")])
def test_the_same_key_for_something_else_is_refused(api: Api, body: str, query: str) -> None:
    send(api, FILE, **{"Idempotency-Key": "k"})
    again = send(api, body, query=query, **{"Idempotency-Key": "k"})

    assert (again.status_code, again.json()["code"]) == (409, "idempotency_key_reused")


def test_a_key_is_free_again_when_its_upload_broke_and_after_a_day(api: Api) -> None:
    send(api, b"\xff", **{"Idempotency-Key": "k"})
    first = imported(api, FILE, **{"Idempotency-Key": "k"})

    Job.objects.update(created_at=timezone.now() - timedelta(days=1))
    second = imported(api, FILE, **{"Idempotency-Key": "k"})

    assert first["id"] != second["id"]


def test_while_the_first_is_on_its_way_its_key_is_taken(api: Api, order: ImportOrder) -> None:
    def send_another() -> None:
        stream = io.BytesIO(FILE.encode())
        receive = partial(labels.receive_import, key="k", clock=timezone.now)
        with pytest.raises(Exception, match="has not ended yet"):
            receive(stream=stream, size=None, order=order)

    broken(FILE, order, send_another, key="k")

    assert Job.objects.count() == 1
