from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from prometheus_client import REGISTRY

from identity import tasks
from identity.api import login_link
from identity.models import (
    AccountMerge,
    DataExport,
    Erasure,
    LinkRequest,
    ReputationFlush,
    User,
    VerificationCode,
)
from identity.operations import maintenance
from identity.operations.maintenance import tidy
from tests import make
from tests.identity.parallel import at_once
from waddlebot.lib.ids import new_id

NOW = timezone.now()


def counted(job: str) -> float:
    return REGISTRY.get_sample_value("waddlebot_maintenance_rows_total", {"job": job}) or 0


def code(user: User, ended: timedelta) -> None:
    VerificationCode.objects.create(
        purpose="test", user=user, code_hash=new_id().bytes, expires_at=NOW - ended
    )


def link_request(user: User) -> None:
    LinkRequest.objects.create(
        user=user, platform="twitch", method="chat", expires_at=NOW - timedelta(minutes=1)
    )


def preview(user: User) -> None:
    AccountMerge.objects.create(
        survivor=user, absorbed=make.user("other"), expires_at=NOW - timedelta(minutes=1)
    )


def flush(user: User) -> None:
    ReputationFlush.objects.create(created_at=NOW - timedelta(days=60))


def erasure(user: User) -> None:
    Erasure.objects.create(user=make.user("leaver"), due_at=NOW - timedelta(minutes=1))


def ending_key(user: User) -> None:
    make.key(user, now=NOW - timedelta(days=29), expires_at=NOW + timedelta(hours=12))


DUE: dict[str, Any] = {
    "codes": lambda user: code(user, timedelta(days=2)),
    "link_requests": link_request,
    "merges": preview,
    "reputation_flushes": flush,
    "erasures": erasure,
    "key_reminders": ending_key,
}


@pytest.mark.parametrize("job", DUE)
def test_what_is_due_is_done_once_and_counted(alice: User, job: str) -> None:
    DUE[job](alice)
    before = counted(job)

    first, second = tidy(now=NOW), tidy(now=NOW)

    assert (first[job], second[job]) == (1, 0)
    assert counted(job) == before + 1
    assert sum(first.values()) == 1


def test_a_code_stays_for_a_day_after_its_end(alice: User) -> None:
    code(alice, timedelta(hours=23))
    login_link(user_id=alice.pk)

    tidy(now=NOW)

    assert VerificationCode.objects.count() == 2


def test_what_beat_sends_does_every_job_there_is(alice: User) -> None:
    for make_due in DUE.values():
        make_due(alice)

    tasks.maintain()
    tasks.maintain_seldom()

    assert not VerificationCode.objects.exists()
    assert Erasure.objects.get().state == "done"
    assert DataExport.objects.count() == 0


def test_a_job_that_fails_holds_no_other_up(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    code(alice, timedelta(days=2))

    def fail(*, now: datetime) -> int:
        raise ValueError(now)

    jobs = dict(maintenance.JOBS) | {"a failing one": fail}
    monkeypatch.setattr(maintenance, "JOBS", jobs)

    done = tidy(now=NOW)

    assert done["codes"] == 1
    assert "a failing one" not in done


@pytest.mark.django_db(transaction=True)
def test_eight_who_tidy_at_once_do_it_once() -> None:
    alice = make.user("alice")
    for make_due in DUE.values():
        make_due(alice)

    done = at_once(*[lambda: tidy(now=NOW)] * 8)

    assert {job: sum(each[job] for each in done) for job in DUE} == dict.fromkeys(DUE, 1)
