import csv
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection

from identity import api as identity
from identity.data import Role
from identity.models import Community, User
from identity.queries import audit_table
from identity.queries.audit import AuditFilter, audit_events, events_about
from tests import make
from tests.client import Api

LOG = "/identity/v1/audit"
OWN = "/identity/v1/me/audit"
TABLE = "/identity/v1/audit.csv"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def note(place: Community | None = None, *, minute: int = 0, **rest: Any) -> None:
    facts = {"category": "audit", "action": "rule.changed", "actor": "user:7"} | rest
    identity.record(
        community_id=place.pk if place else None, now=NOON + timedelta(minutes=minute), **facts
    )


def read(api: Api, path: str = LOG, **query: str) -> list[dict[str, Any]]:
    answer = api.get(f"{path}?{urlencode(query)}")
    assert answer.status_code == 200, answer.content
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


@pytest.fixture
def noted(rookery: Community) -> Community:
    note(rookery, minute=0, action="rule.added", target="rule:1")
    note(rookery, minute=1, actor="key:abc")
    note(rookery, minute=2, category="authorization", action="access", outcome="refused")
    return rookery


FILTERS: dict[str, tuple[dict[str, str], list[int]]] = {
    "category": ({"category": "authorization"}, [2]),
    "action": ({"action": "rule.added"}, [0]),
    "outcome": ({"outcome": "refused"}, [2]),
    "actor": ({"actor": "key:abc"}, [1]),
    "target": ({"target": "rule:1"}, [0]),
    "since": ({"since": "2026-11-20T12:01:00Z", "until": "2026-11-21T00:00:00Z"}, [2, 1]),
    "until": ({"until": "2026-11-20T12:01:00Z", "actor": "user:7"}, [0]),
    "another zone": ({"until": "2026-11-20T13:01:00+01:00", "actor": "user:7"}, [0]),
    "all at once": ({"actor": "user:7", "category": "audit", "outcome": "success"}, [0]),
    "an unknown action": ({"action": "never"}, []),
}


@pytest.mark.parametrize("name", FILTERS)
def test_the_log_is_filtered(api: Api, noted: Community, name: str) -> None:
    query, minutes = FILTERS[name]

    rows = read(api, community="rookery", **query)

    assert [row["at"] for row in rows] == [f"2026-11-20T12:0{minute}:00Z" for minute in minutes]


BAD = {
    "category": "gossip",
    "outcome": "maybe",
    "since": "yesterday",
    "until": "1066-10-14T00:00:00Z",
    "actor": "a" * 61,
}


@pytest.mark.parametrize("name", BAD)
def test_a_filter_that_makes_no_sense_is_pointed_at(api: Api, name: str) -> None:
    answer = api.get(f"{LOG}?{urlencode({name: BAD[name]})}")

    assert answer.status_code == 400
    assert [flaw["pointer"] for flaw in answer.json()["errors"]] == [f"#/{name}"]


def test_admins_read_their_community_alone(api: Api, noted: Community) -> None:
    theirs = make.community(owner=make.user("bob"), slug="theirs")
    note(theirs, actor="user:99")

    assert read(api, actor="user:99") == []
    assert api.get(f"{LOG}?community=theirs").status_code == 404
    member = make.member(noted, make.user("carol"), Role.MODERATOR)
    key = make.key(member, scopes=["community:manage"])
    assert Api(key).get(f"{LOG}?community=rookery").status_code == 403


def test_staff_read_everything(noted: Community) -> None:
    note(None, category="system", action="tidied")
    staff = make.user("staff", is_staff=True)
    api = Api(make.key(staff, scopes=["admin", "community:manage"]))

    assert [row["action"] for row in read(api, category="system")] == ["tidied"]
    assert len(read(api, actor="user:7")) == 3


def test_the_log_is_read_page_by_page(api: Api, noted: Community) -> None:
    first = api.get(f"{LOG}?community=rookery&limit=2&until=2026-11-21T00:00:00Z").json()
    second = api.get(first["next"]).json()

    assert [len(page["results"]) for page in (first, second)] == [2, 1]
    assert second["next"] is None


def test_people_see_what_was_done_by_and_to_them(alice: User, rookery: Community) -> None:
    full = make.key(alice, scopes=["identity:read"])
    note(action="sign_in", category="authentication", actor=f"user:{alice.pk}")
    note(action="role_changed", target=f"user:{alice.pk}")
    note(action="used", actor=f"key:{full[3:15]}")
    note(action="other", actor=f"user:{alice.pk}0")

    actions = {row["action"] for row in read(Api(full), OWN)}
    assert {"sign_in", "role_changed", "used", "key_created"} <= actions
    assert "other" not in actions
    signed = read(Api(full), OWN, category="authentication")
    assert [row["action"] for row in signed] == ["sign_in"]


def test_people_see_neither_who_did_it_to_them_nor_whence(alice: User) -> None:
    bob = make.user("bob")
    note(action="role_changed", target=f"user:{alice.pk}", actor=f"user:{bob.pk}", ip="192.0.2.7")
    note(action="sign_in", actor=f"user:{alice.pk}", ip="192.0.2.8")

    told = read(Api(make.key(alice, scopes=["identity:read"])), OWN)

    by_action = {row["action"]: (row["actor"], row["ip"]) for row in told}
    assert by_action["role_changed"] == ("another", None)
    assert by_action["sign_in"] == (f"user:{alice.pk}", "192.0.2.8")


def test_a_bound_key_reads_nothing_of_the_whole_person(api: Api) -> None:
    assert api.get(OWN).status_code == 403


def table(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(text.splitlines()))


def test_the_log_is_a_table_too(api: Api, noted: Community) -> None:
    answer = api.get(f"{TABLE}?until=2026-11-21T00:00:00Z&outcome=success")
    rows = table(answer)

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert [(row["action"], row["actor"]) for row in rows] == [
        ("rule.changed", "key:abc"),
        ("rule.added", "user:7"),
    ]
    assert rows[0]["at"] == "2026-11-20T12:01:00.000000Z"
    assert rows[0]["details"] == "{}"
    assert "Link" not in answer


@pytest.mark.parametrize("sign", ["=1+1", "+1", "-1", "@a", "\t=1"])
def test_no_cell_of_the_table_is_a_formula(api: Api, noted: Community, sign: str) -> None:
    note(noted, target=sign, action="strange")

    (row,) = table(api.get(f"{TABLE}?action=strange"))

    assert row["target"] == f"'{sign}"


def test_a_long_table_tells_where_it_goes_on(
    api: Api, noted: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_table, "MOST_ROWS", 2)
    monkeypatch.setattr(audit_table, "PAGE", 1)
    until = "until=2026-11-21T00:00:00Z"

    first = api.get(f"{TABLE}?{until}")
    following = first["Link"].partition(">")[0].removeprefix("<")
    second = api.get(following)

    assert [row["at"][14:16] for row in table(first)] == ["02", "01"]
    assert [row["at"][14:16] for row in table(second)] == ["00"]
    assert "Link" not in second


def test_the_table_refuses_what_the_log_refuses(api: Api) -> None:
    assert api.get(f"{TABLE}?since=soon").status_code == 400
    assert api.get(f"{TABLE}?community=no-such").status_code == 404
    assert api.get(f"{TABLE}?cursor=nonsense").status_code == 400


def fill_the_log() -> None:
    """Write many rows of others, past the chain: what is asked here is only how they are found."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_events (id, category, action, outcome, actor, community_id, target,"
            " request_id, details, day, position, previous_hash, hash) "
            "SELECT ('019' || lpad(to_hex(n), 9, '0') || '70008000000000000000')::uuid, 'audit',"
            " 'label_given', 'success', 'user:' || n % 500, 900000 + n % 400, 'user:' || n % 700,"
            " '', '{}', '2024-10-10', n, '', '' FROM generate_series(1, 20000) AS n"
        )
        cursor.execute("ANALYZE audit_events")


QUESTIONS: dict[str, Any] = {
    "a community": lambda: audit_events(900_001),
    "a community's action": lambda: audit_events(900_001, AuditFilter(action="never")),
    "an actor": lambda: audit_events(None, AuditFilter(actor="user:7")),
    "a target": lambda: audit_events(None, AuditFilter(target="user:7")),
    "an action": lambda: audit_events(None, AuditFilter(action="never")),
    "refusals": lambda: audit_events(None, AuditFilter(category="audit", outcome="refused")),
    "a time": lambda: audit_events(None, AuditFilter(since=NOON, until=NOON)),
    "somebody": lambda: events_about(7),
    "somebody's sign-ins": lambda: events_about(7, AuditFilter(category="authentication")),
}


@pytest.mark.django_db
@pytest.mark.parametrize("question", QUESTIONS)
def test_no_question_reads_the_whole_log(question: str) -> None:
    fill_the_log()

    plan = QUESTIONS[question]().order_by("-pk")[:51].explain(analyze=True, timing=False)

    assert "Seq Scan on audit_events_default" not in plan
    removed = [int(line.split(":")[1]) for line in plan.splitlines() if "Removed by" in line]
    assert sum(removed) < 1000, plan
