"""What ran is counted once, however late it ended and whoever counts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from core_router.data import Used
from core_router.models import CommandUsage, LateExecution
from core_router.operations.executions import Execution, write_executions
from core_router.operations.usage import count_usage
from core_router.signals import command_executed
from identity.models import Community
from tests import make
from tests.client import Api
from tests.core_router.conftest import Door
from tests.identity.parallel import at_once
from waddlebot.lib.ids import new_id, new_id_at

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PATH = "/router/v1/communities/rookery"

Run = Callable[..., str]


@pytest.fixture
def run(rookery: Community) -> Run:
    """Return what writes an execution as if it had begun then."""

    def write(status: str = "success", ms: float = 3, at: datetime = NOON, **row: Any) -> str:
        facts: dict[str, Any] = {
            "id": str(new_id_at(at)), "session_id": str(new_id()), "community_id": rookery.pk,
            "command_id": 1, "command": "hello", "engine": "webhook", "module": "", "version": "",
            "user_id": 1, "entity": "twitch+rookery", "event_id": "", "status": status,
            "reason": "", "detail": "", "duration_ms": ms,
        }  # fmt: skip
        execution = Execution(**facts | row)
        write_executions([execution])
        return execution.id

    return write


@pytest.mark.django_db
def test_calls_errors_and_times_are_told_by_day_and_command(
    api: Api, run: Run, rookery: Community
) -> None:
    now = timezone.now()
    for ms in (3, 3, 3, 400):
        run(ms=ms, at=now - timedelta(minutes=5))
    run("failed", 3, at=now - timedelta(minutes=5), command="other")

    count_usage(now=now)

    rows = {row["command"]: row for row in api.get(f"{PATH}/usage?days=2").json()["results"]}
    assert (rows["hello"]["calls"], rows["hello"]["errors"]) == (4, 0)
    assert (rows["other"]["calls"], rows["other"]["errors"]) == (1, 1)
    assert 2 <= rows["hello"]["p50_ms"] <= 5
    assert 200 <= rows["hello"]["p95_ms"] <= 500
    assert rows["hello"]["mean_ms"] == 102.25


@pytest.mark.django_db
def test_what_ends_late_is_counted_once_too(run: Run) -> None:
    run()
    count_usage(now=NOON + timedelta(hours=1))

    run("failed")
    count_usage(now=NOON + timedelta(hours=1))
    count_usage(now=NOON + timedelta(hours=2))

    row = CommandUsage.objects.get()
    assert (row.calls, row.errors, sum(row.times)) == (2, 1, 2)
    assert not LateExecution.objects.exists()


@pytest.mark.django_db
def test_what_still_waits_for_its_module_is_not_counted(run: Run) -> None:
    run("pending")

    assert count_usage(now=NOON + timedelta(hours=1)) == 0
    assert not CommandUsage.objects.exists()


@pytest.mark.django_db
def test_what_began_a_moment_ago_is_left_for_the_next_time(run: Run) -> None:
    now = timezone.now()
    run(at=now - timedelta(seconds=30))

    assert count_usage(now=now) == 0
    assert count_usage(now=now + timedelta(minutes=3)) == 1


@pytest.mark.django_db
def test_long_stretches_are_counted_in_parts(run: Run) -> None:
    for _ in range(7):
        run()

    assert count_usage(now=NOON + timedelta(hours=1), most=3) == 7

    assert CommandUsage.objects.get().calls == 7


@pytest.mark.django_db
def test_others_hear_of_each_execution_in_the_same_transaction(
    run: Run, rookery: Community
) -> None:
    heard: list[Used] = []

    def hear(used: tuple[Used, ...], **_: Any) -> None:
        heard.extend(used)

    run()
    run("failed", 7)
    command_executed.connect(hear)
    try:
        count_usage(now=NOON + timedelta(hours=1))
    finally:
        command_executed.disconnect(hear)

    (used,) = heard
    assert (used.community_id, used.day, used.command) == (rookery.pk, NOON.date(), "hello")
    assert (used.calls, used.errors, used.total_ms) == (2, 1, 10)


@pytest.mark.django_db
def test_when_a_listener_fails_nothing_was_counted(run: Run) -> None:
    def fail(**_: Any) -> None:
        raise ZeroDivisionError

    run()
    command_executed.connect(fail)
    try:
        with pytest.raises(ZeroDivisionError):
            count_usage(now=NOON + timedelta(hours=1))
    finally:
        command_executed.disconnect(fail)

    assert count_usage(now=NOON + timedelta(hours=1)) == 1
    assert CommandUsage.objects.get().calls == 1


@pytest.mark.django_db(transaction=True)
def test_many_who_count_at_once_count_each_once(run: Run) -> None:
    for _ in range(50):
        run()

    at_once(*[lambda: count_usage(now=NOON + timedelta(hours=1), most=5)] * 4)

    assert CommandUsage.objects.get().calls == 50


@pytest.mark.django_db
def test_the_author_of_a_module_sees_how_each_call_ended(
    api: Api, door: Door, run: Run, rookery: Community
) -> None:
    make.command(rookery, "wave", response="waves")
    door.say("!wave")
    run("failed", reason="module_error", detail="The module answered 500.")

    everything = api.get(f"{PATH}/executions").json()["results"]
    failed = api.get(f"{PATH}/executions?status=failed&command=hello").json()["results"]

    assert [row["command"] for row in everything] == ["wave", "hello"]
    assert [(row["reason"], row["detail"]) for row in failed] == [
        ("module_error", "The module answered 500.")
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["usage?days=0", "usage?days=367", "usage?days=x", "usage?command=%00",
              "executions?status=odd", "executions?engine=%00", "executions?cursor=odd"],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(query: str, api: Api, rookery: Community) -> None:
    assert api.get(f"{PATH}/{query}").status_code == 400
