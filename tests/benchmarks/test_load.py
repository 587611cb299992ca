"""What the load generator sends, and what it makes of the answers."""

import json

import pytest

from benchmarks import _requests
from benchmarks._load import Order, Sample, load
from tests.benchmarks.conftest import Hearer


def send(server: Hearer, *, expect: bytes = b'"ignored"') -> Sample:
    return load(
        Order(
            port=server.port,
            requests=_requests.single("/events", "hi", "wb_key"),
            slots=2,
            expect=expect,
            connections=2,
            warm_s=0.05,
            seconds=0.3,
        )
    )


def test_every_request_has_an_event_id_of_its_own(server: Hearer) -> None:
    send(server)

    assert len(server.ids) == len(set(server.ids)) > 10


def test_it_counts_what_was_answered_while_it_measured(server: Hearer) -> None:
    sample = send(server)

    assert 0 < sample.events_s * 0.3 <= len(server.heard)
    assert 0 < sample.p50_ms <= sample.p99_ms


def test_an_answer_that_was_not_expected_fails_the_benchmark(server: Hearer) -> None:
    server.outcome = "unknown_entity"

    with pytest.raises(RuntimeError, match="unknown_entity"):
        send(server)


@pytest.mark.parametrize(("make", "slots"), [(_requests.single, 2), (_requests.batch, 200)])
def test_a_request_is_as_long_as_it_says(make: object, slots: int) -> None:
    assert callable(make)
    request = make("/events", "hi", "wb_key")[0] % ((123,) * slots)

    head, _, body = request.partition(b"\r\n\r\n")

    assert f"content-length: {len(body)}".encode() in head
    assert json.loads(body)
