"""Sending files, and doing what the workers would."""

import io
from collections.abc import Callable, Iterable
from typing import Any

from django.urls import reverse
from django.utils import timezone

from labels import api as labels
from labels.api import ImportOrder
from labels.tasks import run_import
from tests.client import Api

IMPORT = "/labels/v1/assignments/import"


def send(api: Api, body: str | bytes, *, query: str = "", **rest: str) -> Any:
    """Send a file, and return the answer."""
    content_type = rest.pop("content_type", "text/csv")
    return api.client.generic(
        "POST",
        f"{IMPORT}?{query}",
        body if isinstance(body, bytes) else body.encode(),
        content_type=content_type,
        headers={"Authorization": f"Bearer {api.key}", **rest},
    )


def imported(api: Api, body: str | bytes, **rest: str) -> Any:
    """Send a file, let a worker do what it says, and return the job."""
    answer = send(api, body, **rest)
    assert answer.status_code == 202, answer.content
    run_import()
    return api.get(answer["Location"]).json()


def result(api: Api, job: Any, query: str = "") -> list[str]:
    answer = api.get(f"{reverse('labels:job', args=[job['id']])}/result{query}")
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content).decode().splitlines()


def table(*rows: Iterable[object], header: str = "label,object_id") -> str:
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)])


class Broken(io.BytesIO):
    """A stream in small pieces, which does `meanwhile` before it ends."""

    def __init__(self, data: bytes, meanwhile: Callable[[], None]) -> None:
        super().__init__(data)
        self.meanwhile = meanwhile

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(10)
        if not data:
            self.meanwhile()
        return data


def broken(file: str, order: ImportOrder, meanwhile: Callable[[], None], **rest: Any) -> None:
    """Receive a file while something else happens."""
    stream = Broken(file.encode(), meanwhile)
    labels.receive_import(stream=stream, size=None, order=order, clock=timezone.now, **rest)
