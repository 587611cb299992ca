"""The gate in Redis and the one that stands in for it keep the same promises."""

from dataclasses import replace
from uuid import uuid4

import pytest
import redis

from core_router.pipeline import gate as gates
from core_router.pipeline.gate import Gate
from core_router.pipeline.tickets import (
    DUPLICATE,
    LIMITED,
    PASSED,
    LimitUse,
    RequestLimit,
    Ticket,
)
from waddlebot.lib.problems import RateLimitedError

COOLDOWN = LimitUse("c", "l:1:u5", 1, 60_000)
TWICE_A_MINUTE = LimitUse("r", "l:1:c", 2, 60_000)


@pytest.fixture(params=["redis", "without redis"])
def gate(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Gate:
    if request.param == "without redis":

        def nobody_answers(*_: object) -> None:
            raise redis.ConnectionError

        monkeypatch.setattr(gates, "call", nobody_answers)
    return Gate()


def ticket(
    event_id: str = "", *limits: LimitUse, execution_id: str = "", row: str = "c"
) -> Ticket:
    return Ticket(
        dedupe=f"d:twitch:{event_id}" if event_id else "",
        execution_id=execution_id or str(uuid4()),
        session="s:twitch+rookery:42",
        new_session_id=str(uuid4()),
        limits=limits,
        row=row,
    )


def test_the_second_delivery_is_told_the_first_one(gate: Gate) -> None:
    first = ticket("e1", execution_id="one")
    gate.enter(7, [first])

    _, [answer] = gate.enter(7, [ticket("e1")])

    assert (answer.code, answer.text) == (DUPLICATE, "cone")


def test_the_same_event_of_another_community_is_another_event(gate: Gate) -> None:
    gate.enter(7, [ticket("e1")])

    _, [answer] = gate.enter(8, [ticket("e1")])

    assert answer.code == PASSED


def test_work_taken_up_again_is_no_duplicate(gate: Gate) -> None:
    gate.enter(7, [ticket("e1", COOLDOWN, execution_id="one")])

    _, [answer] = gate.enter(7, [ticket("e1", COOLDOWN, execution_id="one")])

    assert answer.code == PASSED


def test_a_released_event_that_leaves_nothing_may_come_again(gate: Gate) -> None:
    first = ticket("e1", COOLDOWN, row="-")
    gate.enter(7, [first])
    gate.release(7, [first])

    _, [answer] = gate.enter(7, [ticket("e1", COOLDOWN, row="-")])

    assert answer.code == PASSED


def test_a_released_event_that_leaves_a_row_is_taken_up_under_its_id_with_its_limits(
    gate: Gate,
) -> None:
    first = ticket("e1", COOLDOWN, execution_id="one")
    gate.enter(7, [first])
    for _ in range(2):
        gate.release(7, [first])

    _, [known] = gate.enter(7, [ticket("e1", COOLDOWN)])
    _, [again] = gate.enter(7, [first])
    _, [next_one] = gate.enter(7, [ticket("", COOLDOWN)])

    assert (known.code, known.text) == (DUPLICATE, "Cone")
    assert (again.code, next_one.code) == (PASSED, LIMITED)
    assert gate.enter(7, [ticket("e1")])[1][0].text == "cone"


def test_a_session_goes_on(gate: Gate) -> None:
    _, [first] = gate.enter(7, [ticket()])

    _, [second] = gate.enter(7, [ticket()])

    assert first.text == second.text


def test_a_cooldown_lets_one_through_and_says_how_long_to_wait(gate: Gate) -> None:
    _, [first, second] = gate.enter(7, [ticket("", COOLDOWN), ticket("", COOLDOWN)])

    assert (first.code, second.code) == (PASSED, LIMITED)
    assert 59 < second.retry_after_s <= 61


def test_a_rate_limit_counts_to_its_number(gate: Gate) -> None:
    _, answers = gate.enter(7, [ticket("", TWICE_A_MINUTE) for _ in range(3)])

    assert [answer.code for answer in answers] == [PASSED, PASSED, LIMITED]


def test_what_one_limit_refuses_burns_no_other(gate: Gate) -> None:
    other = LimitUse("c", "l:1:u6", 1, 60_000)
    gate.enter(7, [ticket("", COOLDOWN)])
    gate.enter(7, [ticket("", other, COOLDOWN)])

    _, [answer] = gate.enter(7, [ticket("", other)])

    assert answer.code == PASSED


def test_the_limit_that_refuses_is_named(gate: Gate) -> None:
    gate.enter(7, [ticket("", COOLDOWN)])

    _, [answer] = gate.enter(7, [ticket("", TWICE_A_MINUTE, COOLDOWN)])

    assert answer.limit == 2


def test_a_peek_changes_nothing(gate: Gate) -> None:
    gate.enter(7, [ticket("e1", COOLDOWN)], peek=True)

    _, [answer] = gate.enter(7, [ticket("e1", COOLDOWN)])

    assert answer.code == PASSED


def test_a_limited_event_owes_no_row(gate: Gate) -> None:
    gate.enter(7, [ticket("", COOLDOWN)])
    gate.enter(7, [ticket("e2", COOLDOWN, execution_id="two")])

    _, [answer] = gate.enter(7, [ticket("e2")])

    assert (answer.code, answer.text) == (DUPLICATE, "-two")


def test_a_limited_event_owes_what_else_it_leaves(gate: Gate) -> None:
    gate.enter(7, [ticket("", COOLDOWN)])
    limited = replace(ticket("e2", COOLDOWN, execution_id="two"), otherwise="d")
    gate.enter(7, [limited])

    _, [other, again] = gate.enter(7, [ticket("e2"), limited])

    assert (other.code, other.text) == (DUPLICATE, "dtwo")
    assert again.code == LIMITED


def test_requests_are_counted_and_refused_before_any_event(gate: Gate) -> None:
    twice = RequestLimit("wb:{c7}:key:k", 2)
    left = [gate.enter(7, [], request=twice)[0] for _ in range(2)]

    with pytest.raises(RateLimitedError) as refused:
        gate.enter(7, [ticket("e1")], request=twice)

    assert [rate.remaining for rate in left if rate] == [1, 0]
    assert int(refused.value.headers["Retry-After"]) > 0
    assert gate.enter(7, [ticket("e1")])[1][0].code == PASSED
