"""Who may what: people by permissions, one permission by its people, and all permissions."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from identity.data import Role
from identity.models import Community, Membership, User
from labels.data import Kind
from labels.queries import matrix
from tests import make
from tests.client import Api
from tests.labels.cast import group, hold, join, label

MATRIX, PERMISSIONS = "/labels/v1/matrix", "/labels/v1/permissions"


def seen(place: Community, *names: str) -> list[User]:
    """Return people whom a community has only seen."""
    people = [make.user(name, display_name=name) for name in names]
    Membership.objects.bulk_create(
        Membership(community=place, user=person, role=Role.NONE) for person in people
    )
    return people


def get(api: Api, path: str) -> Any:
    answer = api.get(path)
    assert answer.status_code == 200, answer.content
    return answer.json()


def who_may(api: Api, permission: str, **rest: object) -> list[str]:
    """Return the names of those who may, over all pages."""
    query = "".join(f"&{name}={value}" for name, value in rest.items())
    path, found = f"{MATRIX}?permission={quote(permission)}{query}", []
    while path:
        page = get(api, path)
        found += [row["user"]["name"] for row in page["results"]]
        path = (page["next"] or "").removeprefix("http://testserver")
    return found


def test_people_are_listed_with_what_they_may_and_the_way_to_it(
    api: Api, rookery: Community
) -> None:
    (bob,) = seen(rookery, "Bob")
    hold(label(rookery, "dj", "queue:*"), bob)

    rows = get(api, f"{MATRIX}?permissions=queue:skip,labels:assign")["results"]

    assert [row["user"]["name"] for row in rows] == ["Alice", "Bob"]
    assert rows[1] == {
        "user": {"id": bob.public_id, "name": "Bob"},
        "role": "none",
        "labels": ["dj"],
        "permissions": {
            "queue:skip": {
                "allowed": True,
                "via": [{"kind": "label", "label": "dj"}, {"kind": "grant", "grant": "queue:*"}],
            },
            "labels:assign": {"allowed": False, "via": []},
        },
    }
    alone = get(api, f"{MATRIX}?user={bob.public_id}&permissions=queue:skip,labels:assign")
    assert alone == {"results": [rows[1]], "next": None, "previous": None}


def test_those_who_may_are_found_by_every_way_once(api: Api, rookery: Community) -> None:
    names = ["direct", "parent", "group", "nested", "system", "soon", "over", "there", "nobody"]
    people = dict(zip(names, seen(rookery, *names), strict=True))
    now = timezone.now()
    dj = label(rookery, "dj", "queue:skip")
    hold(dj, people["direct"])
    hold(label(rookery, "host", parents=["dj"]), people["parent"], people["direct"])
    hold(label(None, "waddlebot/star", "queue:*"), people["system"])
    hold(dj, people["soon"], since=now + timedelta(hours=1))
    hold(dj, people["over"], until=now + timedelta(microseconds=1))
    crew, weekend = group(rookery, "Crew"), group(rookery, "Weekend", parents=("Crew",))
    there = group(rookery, "There", "discord+1")
    for row, name in ((crew, "group"), (weekend, "nested"), (there, "there")):
        join(row, people[name])
    hold(label(rookery, "helper", "queue:skip", kind=Kind.ENTITY_GROUP), crew, there)

    expected = ["Alice", "direct", "parent", "group", "nested", "system"]
    assert who_may(api, "queue:skip") == expected
    assert who_may(api, "queue:skip", limit=2) == expected


def test_those_who_hold_it_elsewhere_are_nobody_here(
    api: Api, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    strangers = [make.user() for _ in range(5)]
    (bob,) = seen(rookery, "Bob")
    hold(label(None, "waddlebot/star", "queue:*"), *strangers, bob)
    monkeypatch.setattr(matrix, "MOST_ROUNDS", 2)

    assert who_may(api, "queue:skip", limit=1) == ["Alice", "Bob"]


def test_a_command_is_for_those_who_meet_all_it_requires(api: Api, rookery: Community) -> None:
    bob, carol, dave, _ = seen(rookery, "Bob", "Carol", "Dave", "Eve")
    make.command(rookery, "wave", min_role="moderator", any_label=["vip"])
    vip = label(rookery, "vip")
    hold(vip, bob, carol)
    make.member(rookery, carol, Role.MODERATOR)
    hold(label(rookery, "herald", "commands:wave"), dave)

    assert who_may(api, "commands:Wave") == ["Carol", "Dave"]
    make.command(rookery, "hug")
    assert len(who_may(api, "commands:hug")) == 5
    make.command(rookery, "sub", platform_roles=["subscriber"])
    assert who_may(api, "commands:sub") == []


def test_more_people_take_no_more_statements(api: Api, rookery: Community) -> None:
    def statements(path: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            get(api, path)
        return len(queries)

    dj = label(rookery, "dj", "queue:skip")
    hold(dj, *seen(rookery, "Bob"))
    paths = [f"{MATRIX}?permission=queue:skip", f"{MATRIX}?permissions=queue:skip,labels:assign"]
    few = [get(api, path) and statements(path) for path in paths]

    hold(dj, *seen(rookery, *(f"penguin{number}" for number in range(40))))

    assert [statements(path) for path in paths] == few


def test_all_permissions_are_listed_with_the_labels_that_allow_them(
    api: Api, rookery: Community
) -> None:
    make.command(rookery, "wave", any_label=["vip"])
    label(rookery, "vip")
    label(rookery, "gold", parents=["vip"])
    label(rookery, "herald", "commands:*", "queue:skip")

    path, found = f"{PERMISSIONS}?limit=7", dict[str, Any]()
    while path:
        page = get(api, path)
        found |= {each["permission"]: each for each in page["results"]}
        path = (page["next"] or "").removeprefix("http://testserver")

    assert sorted(found) == list(found)
    assert {"labels:assign", "labels:manage", "commands:so", "queue:skip"} <= found.keys()
    assert found["commands:wave"]["title"] == "!wave"
    assert found["commands:wave"]["requires"] == {
        "min_role": "", "any_label": ["vip"], "platform_roles": [],
    }  # fmt: skip
    allowing = {name: [each["name"] for each in row["labels"]] for name, row in found.items()}
    assert allowing["commands:wave"] == ["gold", "herald", "vip"]
    assert allowing["queue:skip"] == ["herald"]
    assert found["labels:assign"]["requires"]["min_role"] == "moderator"


def test_the_usual_columns_are_the_permissions_there_are(api: Api, rookery: Community) -> None:
    columns = get(api, MATRIX)["results"][0]["permissions"]
    listed = get(api, f"{PERMISSIONS}?limit=50")["results"]

    assert list(columns) == [each["permission"] for each in listed]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("permission=queue", "#/permission"),
        ("permission=queue:*", "#/permission"),
        ("permission=a:b&user=u_1", "#/permission"),
        ("permissions=a:b,,c:d", "#/permissions"),
        ("permissions=" + ",".join(f"a:b{n}" for n in range(51)), "#/permissions"),
        ("limit=201", "#/limit"),
        ("cursor=xx", "#/cursor"),
        ("cursor=" + "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "#/cursor"),
    ],
)
def test_a_bad_query_is_pointed_at(api: Api, query: str, pointer: str) -> None:
    answer = api.get(f"{MATRIX}?{query}")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)


@pytest.mark.parametrize("cursor", ["!", "_w", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"])
def test_a_bad_cursor_into_permissions_is_no_fault_of_ours(api: Api, cursor: str) -> None:
    assert api.get(f"{PERMISSIONS}?cursor={cursor}").status_code in {200, 400}


def test_who_is_not_here_is_not_found(api: Api, rookery: Community) -> None:
    stranger = make.user("carol")
    elsewhere = make.community(owner=stranger)

    for query in (f"user={stranger.public_id}", "user=u_x", f"community={elsewhere.pk}"):
        assert api.get(f"{MATRIX}?{query}").status_code == 404
    assert api.get(f"{PERMISSIONS}?community={elsewhere.slug}").status_code == 404
