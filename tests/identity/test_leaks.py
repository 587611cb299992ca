from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from identity.models import ApiKey, AuditEvent, User
from identity.operations import key_reminders, leaks
from identity.operations.credentials import checksum
from tests import make
from tests.client import Api
from waddlebot.lib.redis import client as redis_client

REPORT = "/identity/v1/api-keys/report-leak"
ME = "/identity/v1/me"


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "nudge", lambda _: None)


@pytest.fixture
def full(alice: User) -> str:
    User.objects.filter(pk=alice.pk).update(email="alice@example.org")
    return make.key(alice, scopes=["identity:read"])


def with_another_secret(full: str) -> str:
    head = full[:16] + "0" * 43
    return f"{head}_{checksum(head)}"


def test_a_reported_key_is_dead_at_once(full: str) -> None:
    assert Api(full).get(ME).status_code == 200

    assert Api().post(REPORT, {"key": full}).status_code == 202

    assert Api(full).get(ME).status_code == 401
    key = ApiKey.objects.get()
    assert key.revoked_because == "leaked"


def test_its_owner_sees_why(full: str, alice: User) -> None:
    own = Api(make.key(alice, scopes=["identity:manage"]))

    Api().post(REPORT, {"keys": [full]})

    leaked = own.get("/identity/v1/api-keys").json()["results"][1]
    assert (leaked["state"], leaked["revoked_because"]) == ("revoked", "leaked")
    event = AuditEvent.objects.get(action="key_revoked")
    assert (event.actor, event.target, event.ip) == ("anonymous", f"key:{full[3:15]}", "127.0.0.1")
    assert event.details["after"] == {"because": "leaked"}


def test_its_owner_is_told_once_and_without_the_secret(
    full: str, mailoutbox: list[EmailMessage]
) -> None:
    Api().post(REPORT, {"key": full})

    assert key_reminders.send_due(now=timezone.now()) == 1
    assert key_reminders.send_due(now=timezone.now()) == 0
    (mail,) = mailoutbox
    assert mail.to == ["alice@example.org"]
    assert "was leaked" in mail.subject
    assert full[:15] in str(mail.body)
    assert full.split("_")[2] not in str(mail.body)


STRANGERS: dict[str, Any] = {
    "unknown": lambda full: with_another_secret(full.replace(full[3:15], "0" * 12)),
    "another secret": with_another_secret,
    "mistyped": lambda full: full[:-1] + ("a" if full[-1] != "a" else "b"),
    "no key at all": lambda _: "hello",
}


@pytest.mark.parametrize("kind", STRANGERS)
def test_what_is_no_key_of_ours_is_answered_like_one(full: str, kind: str) -> None:
    strange = Api().post(REPORT, {"key": STRANGERS[kind](full)})
    assert Api(full).get(ME).status_code == 200

    genuine, revoked = (Api().post(REPORT, {"key": full}) for _ in range(2))
    for answer in (strange, genuine, revoked):
        assert (answer.status_code, answer.json()) == (202, {"received": 1})


def test_of_many_keys_the_genuine_ones_end(full: str, alice: User) -> None:
    other = make.key(alice, scopes=["identity:read"])
    noise = [with_another_secret(full), "x", *[f"wb_{number}" for number in range(90)]]

    assert Api().post(REPORT, {"keys": [full, *noise, other]}).json() == {"received": 94}

    assert ApiKey.objects.filter(revoked_because="leaked").count() == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"key": ""},
        {"key": None},
        {"keys": []},
        {"keys": ["x"] * 101},
        {"keys": "wb_"},
        {"key": "a", "keys": ["b"]},
        {"key": "x" * 201},
        [],
        "text",
    ],
    ids=str,
)
def test_a_report_that_makes_no_sense_is_refused(body: object, db: None) -> None:
    assert Api().post(REPORT, body).status_code == 400


def test_an_address_reports_so_many_times_a_minute(db: None) -> None:
    reports = [Api().post(REPORT, {"key": "x"}).status_code for _ in range(21)]

    assert reports == [202] * 20 + [429]


def test_all_addresses_of_one_network_are_one_reporter(db: None) -> None:
    def report(address: str) -> int:
        reporter = Api()
        reporter.client = Client(REMOTE_ADDR=address)
        return int(reporter.post(REPORT, {"key": "x"}).status_code)

    reports = [report(f"2001:db8:0:1::{number:x}") for number in range(21)]

    assert reports == [202] * 20 + [429]
    assert report("2001:db8:0:2::1") == 202


@pytest.mark.usefixtures("redis_is_down")
def test_when_nobody_can_count_no_report_is_taken(full: str) -> None:
    assert Api().post(REPORT, {"key": full}).status_code == 503

    assert ApiKey.objects.get().revoked_at is None


def test_a_reported_key_is_written_nowhere(
    full: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    Api().post(REPORT, {"key": full}, headers={"Idempotency-Key": "once"})

    secret = full.split("_")[2]
    names = list(redis_client().scan_iter("*"))
    assert secret not in str(names) + str([redis_client().dump(name) for name in names])
    assert secret not in str(list(AuditEvent.objects.values()))
    assert secret not in caplog.text + "".join(capfd.readouterr())
