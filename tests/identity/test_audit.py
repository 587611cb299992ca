import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from identity import api as identity
from identity.models import AuditEvent
from identity.operations import audit

pytestmark = pytest.mark.django_db


def write(*actions: str, days_ago: int = 0) -> list[AuditEvent]:
    for action in actions:
        now = timezone.now() - timedelta(days=days_ago)
        identity.record(category="system", action=action, details={"before": 1}, now=now)
    return list(AuditEvent.objects.filter(action__in=actions).order_by("id"))


def verify() -> str:
    out = io.StringIO()
    call_command("verify_audit_log", stdout=out)
    return out.getvalue()


def as_its_owner(statement: str, *parameters: UUID) -> None:
    """Do what the application cannot: change the table behind the trigger's back."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, parameters)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_an_empty_log_holds() -> None:
    assert verify() == "The audit log holds: 0 rows, head none.\n"


def test_an_untouched_log_holds_over_days() -> None:
    write("one", "two", days_ago=2)
    write("three", days_ago=1)
    write("four", "five")

    assert verify().startswith("The audit log holds: 5 rows, head ")


def test_a_changed_row_is_found() -> None:
    row = write("one", "two", "three")[1]
    as_its_owner("UPDATE audit_events SET actor = 'nobody' WHERE id = %s", row.pk)

    with pytest.raises(CommandError, match=f"{row.pk}: the row was changed"):
        verify()


def test_changed_details_are_found() -> None:
    row = write("one")[0]
    as_its_owner("UPDATE audit_events SET details = '{\"before\": 2}' WHERE id = %s", row.pk)

    with pytest.raises(CommandError, match=str(row.pk)):
        verify()


def test_a_removed_row_is_found() -> None:
    _, removed, after = write("one", "two", "three")
    as_its_owner("DELETE FROM audit_events WHERE id = %s", removed.pk)

    with pytest.raises(CommandError, match=f"{after.pk}: a row before it is missing"):
        verify()


def test_the_cut_off_end_of_a_day_is_found() -> None:
    last = write("one", "two", days_ago=1)[1]
    today = write("three")[0]
    as_its_owner("DELETE FROM audit_events WHERE id = %s", last.pk)

    with pytest.raises(CommandError, match=f"{today.pk}: it does not follow"):
        verify()


def test_a_removed_day_is_found() -> None:
    write("one", days_ago=2)
    removed = write("two", days_ago=1)[0]
    today = write("three")[0]
    as_its_owner("DELETE FROM audit_events WHERE id = %s", removed.pk)

    with pytest.raises(CommandError, match=str(today.pk)):
        verify()


def test_reordered_rows_are_found() -> None:
    first, second = write("one", "two")
    as_its_owner(
        "UPDATE audit_events SET action = CASE action WHEN 'one' THEN 'two' ELSE 'one' END"
    )

    with pytest.raises(CommandError, match=str(first.pk)):
        verify()
    assert first.pk < second.pk


def test_old_months_may_be_archived() -> None:
    write("one", "two", days_ago=40)
    write("three")
    as_its_owner("DELETE FROM audit_events WHERE action <> 'three'")

    assert verify().startswith("The audit log holds: 1 rows")


@pytest.mark.parametrize(
    "change", ["UPDATE audit_events SET actor = ''", "DELETE FROM audit_events"]
)
def test_the_application_can_only_append(change: str) -> None:
    write("one")

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


def test_what_is_rolled_back_was_never_recorded() -> None:
    with transaction.atomic():
        write("one")
        transaction.set_rollback(True)

    write("two")
    assert verify().startswith("The audit log holds: 1 rows")


def test_a_clock_that_goes_back_does_not_break_the_chain() -> None:
    noon = timezone.now().replace(hour=12)
    identity.record(category="system", action="later", now=noon)
    identity.record(category="system", action="earlier", now=noon - timedelta(minutes=5))

    assert verify().startswith("The audit log holds: 2 rows")


STRANGE: dict[str, Any] = {
    "great floats": {"x": 1e20, "y": 1e16, "z": 0.1, "small": 1e-9, "nan": float("nan")},
    "what JSON does not know": {"when": timezone.now(), 7: {1}, "t": (1, "a")},
    "no text": {"nul": "a\x00b", "half": "\ud800"},
    "deep": {"a": [{"b": None, "c": True}], "zoë": "🦆"},
}


@pytest.mark.parametrize("details", STRANGE)
def test_strange_details_keep_the_chain(details: str) -> None:
    identity.record(category="system", action="strange", actor="\x00", details=STRANGE[details])

    assert verify().startswith("The audit log holds: 1 rows")


@pytest.mark.parametrize("ip", ["203.0.113.9", "::ffff:1.2.3.4", "::1.2.3.4", "fe80::1%eth0", ""])
def test_every_address_keeps_the_chain(ip: str) -> None:
    identity.record(category="system", action="from", ip=ip)

    assert verify().startswith("The audit log holds: 1 rows")


def test_knocking_all_day_does_not_fill_the_log() -> None:
    for number in range(500):
        audit.record_refusal(
            category="authorization", action="access", actor=f"key:{number}", reason="scope"
        )

    assert AuditEvent.objects.count() == 100
