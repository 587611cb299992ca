"""Everything that is kept about somebody, in their hands."""

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zipfile import ZipFile

import pytest
from django.core import mail
from django.core.signing import TimestampSigner
from django.utils import timezone

from identity import api as identity
from identity import tasks
from identity.data import Role
from identity.models import AuditEvent, DataExport, ExportPart, User
from identity.operations.exporting import archive, building, requests, tidy_exports
from identity.registry import personal_tables, personal_traces
from labels import api as labels
from tests import make
from tests.client import Api

EXPORT = "/identity/v1/me/export"
EXPORTS = "/identity/v1/me/exports"


@pytest.fixture
def own(alice: User) -> Api:
    """Return a client with a key of alice's that is bound to nothing."""
    return Api(make.key(alice, scopes=["identity:manage"]))


def built(own: Api) -> dict[str, Any]:
    export_id = own.post(EXPORT).json()["id"]
    tasks.build_exports()
    answer: dict[str, Any] = own.get(f"{EXPORTS}/{export_id}").json()
    return answer


def fetch(address: str) -> Any:
    return Api().get(address.removeprefix("http://127.0.0.1:8000"))


def opened(export: dict[str, Any]) -> ZipFile:
    answer = fetch(export["download_url"])
    return ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def table(zipped: ZipFile, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(zipped.read(f"data/{name}.json"))
    return rows


def test_an_export_is_asked_for_built_and_fetched(own: Api, alice: User) -> None:
    asked = own.post(EXPORT)
    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    assert asked.json()["download_url"] is None

    tasks.build_exports()
    export = own.get(f"{EXPORTS}/{asked.json()['id']}").json()
    answer = fetch(export["download_url"])

    assert export["state"] == "done"
    assert export["progress"]["done"] == export["progress"]["total"] > 10
    assert answer["Content-Disposition"].startswith("attachment")
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert int(answer["Content-Length"]) == len(b"".join(answer.streaming_content))


def test_every_registered_table_is_in_it_even_when_empty(own: Api, alice: User) -> None:
    zipped = opened(built(own))
    manifest = json.loads(zipped.read("manifest.json"))

    registered = {f"data/{each.app}/{each.name}" for each in personal_tables() if each.export}
    registered |= {f"data/{each.app}/{each.name}" for each in personal_traces() if each.export}
    assert {each["path"] for each in manifest["tables"]} == registered
    assert {name for name in zipped.namelist() if name.endswith(".csv")} == {
        f"{path}.csv" for path in registered
    }
    assert manifest["account"] == alice.public_id


def test_it_holds_the_rows_and_no_secret(own: Api, alice: User, rookery: object) -> None:
    zipped = opened(built(own))

    assert [row["username"] for row in table(zipped, "identity/auth_user")] == ["alice"]
    assert [row["role"] for row in table(zipped, "identity/memberships")] == [4]
    [key] = table(zipped, "identity/api_keys")
    assert key["created_at"].endswith("Z")
    everything = b"".join(zipped.read(name) for name in zipped.namelist())
    assert b"secret_sha256" not in everything
    assert b"password" not in table_names(zipped)


def table_names(zipped: ZipFile) -> bytes:
    return b"".join(
        zipped.read(name).partition(b"\n")[0] for name in zipped.namelist() if ".csv" in name
    )


def test_rows_of_accounts_merged_into_it_are_in_it(own: Api, alice: User) -> None:
    old = make.user("alice-of-old")
    User.objects.filter(pk=old.pk).update(merged_into=alice)

    rows = table(opened(built(own)), "identity/auth_user")

    assert {row["username"] for row in rows} == {"alice", "alice-of-old"}


def test_nobody_elses_rows_are_in_it(own: Api, rookery: Any) -> None:
    make.member(rookery, make.user("bob"))

    zipped = opened(built(own))

    assert b"bob" not in b"".join(zipped.read(name) for name in zipped.namelist())


def test_what_others_did_to_them_is_told_without_who(own: Api, alice: User, rookery: Any) -> None:
    bob = make.user("bob")
    identity.set_role(
        community_id=rookery.pk,
        user_id=bob.pk,
        role=Role.MEMBER,
        actor=f"user:{alice.pk}",
        now=timezone.now(),
    )

    told = opened(built(Api(make.key(bob, scopes=["identity:manage"]))))

    [row] = [each for each in table(told, "identity/audit_events") if "role" in each["action"]]
    assert (row["actor"], row["ip"], row["target"]) == ("another", None, f"user:{bob.pk}")


def test_labels_they_hold_are_told_without_who_gave_them(
    own: Api, alice: User, rookery: Any
) -> None:
    for name, actor in (("own", f"user:{alice.pk}"), ("given", "user:0"), ("ruled", "rule:1")):
        labels.give(community_id=rookery.pk, user_id=alice.pk, name=name, actor=actor)

    rows = table(opened(built(own)), "labels/user_labels")

    assert [row["given_by"] for row in rows] == ["rule:1", "another", f"user:{alice.pk}"]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_begins_a_formula(own: Api, alice: User, sign: str) -> None:
    User.objects.filter(pk=alice.pk).update(display_name=f"{sign}cmd|' /C calc'!A0")

    zipped = opened(built(own))

    text = zipped.read("data/identity/auth_user.csv").decode()
    [row] = csv.DictReader(io.StringIO(text, newline=""))
    assert row["display_name"] == f"'{sign}cmd|' /C calc'!A0"


def test_a_long_table_is_read_in_pages(
    own: Api, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("identity.queries.personal.PAGE", 2)
    for _ in range(4):
        make.community(owner=alice)

    zipped = opened(built(own))

    assert len(table(zipped, "identity/memberships")) == 4
    assert (
        len(list(csv.DictReader(io.TextIOWrapper(zipped.open("data/identity/memberships.csv")))))
        == 4
    )


def test_a_second_request_finds_the_first(own: Api) -> None:
    first, second = own.post(EXPORT), own.post(EXPORT)

    assert second.json()["id"] == first.json()["id"]
    assert DataExport.objects.count() == 1


def test_a_fourth_export_of_a_day_must_wait(own: Api) -> None:
    for _ in range(3):
        built(own)

    refused = own.post(EXPORT)

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_exports")
    assert 86_000 < int(refused["Retry-After"]) <= 86_400


def test_a_key_of_one_community_exports_nobody(api: Api) -> None:
    for answer in (api.post(EXPORT), api.get(EXPORTS), api.get(f"{EXPORTS}/1")):
        assert (answer.status_code, answer.json()["code"]) == (403, "key_is_bound")


def test_exports_of_others_are_not_there(own: Api) -> None:
    stranger = Api(make.key(make.user("bob"), scopes=["identity:manage"]))
    export = built(own)

    assert stranger.get(f"{EXPORTS}/{export['id']}").status_code == 404
    assert stranger.get(f"{EXPORTS}/1").status_code == 404
    assert stranger.get(EXPORTS).json()["results"] == []
    assert [each["id"] for each in own.get(EXPORTS).json()["results"]] == [export["id"]]


def forged(export: DataExport) -> list[str]:
    good = TimestampSigner(salt="waddlebot.export", sep=".")
    return [
        TimestampSigner(salt="another", sep=".").sign(export.pk.hex),
        good.sign(export.pk.hex)[:-1] + "~",
        good.sign("not an id"),
        good.sign("0" * 32),
        export.pk.hex,
        "x" * 3000,
    ]


def test_bad_links_all_look_alike(own: Api) -> None:
    built(own)

    answers = [
        fetch(f"/identity/v1/exports/{token}") for token in forged(DataExport.objects.get())
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {
        (404, "not_found")
    }


def later(hours: int) -> Callable[[], datetime]:
    return lambda: timezone.now() + timedelta(hours=hours)


def test_the_zip_is_gone_after_a_day(own: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    export = built(own)
    DataExport.objects.update(expires_at=timezone.now())

    assert fetch(export["download_url"]).status_code == 404
    assert own.get(f"{EXPORTS}/{export['id']}").json()["state"] == "expired"
    assert tidy_exports(now=timezone.now()) == 1
    assert not ExportPart.objects.exists()
    assert tidy_exports(now=timezone.now()) == 0


def test_old_rows_go_too(own: Api) -> None:
    built(own)

    tidy_exports(now=timezone.now() + timedelta(days=31))

    assert not DataExport.objects.exists()


def test_the_zip_is_sealed_where_it_lies(own: Api) -> None:
    built(own)

    sealed = b"".join(bytes(part.sealed) for part in ExportPart.objects.all())

    assert b"PK" not in sealed[:4]
    assert b"alice" not in sealed


def test_a_zip_that_cannot_be_opened_is_not_there(own: Api) -> None:
    export = built(own)
    ExportPart.objects.update(sealed=b"by another key")

    assert fetch(export["download_url"]).status_code == 404


def test_a_large_zip_lies_in_parts(own: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "PART", 1000)

    export = built(own)

    assert ExportPart.objects.count() == -(-export["size"] // 1000) > 1
    assert opened(export).testzip() is None


def test_too_much_ends_with_a_reason(own: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_ZIPPED", 100)

    export = built(own)

    assert (export["state"], export["error"]) == ("failed", "too_large")
    assert own.post(EXPORT).json()["state"] == "queued"


def test_a_worker_that_falls_silent_is_replaced(own: Api, alice: User) -> None:
    export_id = own.post(EXPORT).json()["id"]
    silent = building._claim(timezone.now())
    assert silent is not None

    tasks.build_exports()
    assert own.get(f"{EXPORTS}/{export_id}").json()["state"] == "running"
    building.build_exports(clock=later(1))
    building._build(silent, later(1))

    export = DataExport.objects.get()
    assert (export.state, export.attempts) == ("done", 2)
    assert AuditEvent.objects.filter(action="export_built").count() == 1


def test_what_keeps_failing_ends(own: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr(building, "write_archive", broken)
    export_id = own.post(EXPORT).json()["id"]

    for hours in range(5):
        building.build_exports(clock=later(hours))

    export = own.get(f"{EXPORTS}/{export_id}").json()
    assert (export["state"], export["error"]) == ("failed", "gave_up")


def test_what_kills_its_workers_ends(own: Api) -> None:
    own.post(EXPORT)
    for hours in range(5):
        building._claim(later(hours)())

    building.build_exports(clock=later(6))

    assert (DataExport.objects.get().state, DataExport.objects.get().error) == (
        "failed",
        "gave_up",
    )


def test_the_person_is_told_without_the_link(own: Api, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(email="alice@example.org")

    built(own)

    [letter] = mail.outbox
    assert letter.to == ["alice@example.org"]
    assert "/identity/" not in letter.body


def test_a_mail_that_fails_fails_nothing(own: Api, alice: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 1
    User.objects.filter(pk=alice.pk).update(email="alice@example.org")

    assert built(own)["state"] == "done"


def test_the_log_tells_of_it(own: Api, alice: User) -> None:
    opened(built(own))

    events = AuditEvent.objects.filter(action__startswith="export_").order_by("id")
    assert [event.action for event in events] == [
        "export_requested", "export_built", "export_downloaded",
    ]  # fmt: skip
    assert {event.target for event in events} == {f"user:{alice.pk}"}


def test_a_link_is_fetched_so_often_and_no_more(own: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "DOWNLOADS_AN_HOUR", 1)
    export = built(own)

    assert fetch(export["download_url"]).status_code == 200
    assert fetch(export["download_url"]).status_code == 429
