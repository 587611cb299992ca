"""People in entity groups, one or a thousand at a time."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from identity.data import Role
from identity.models import AuditEvent, Community, Membership, User
from labels.data import Kind
from labels.models import EntityGroup, GroupMember, Label, RoleRule
from labels.operations.groups import add_group, add_members, remove_group, remove_members
from labels.operations.groups.wishes import GroupWish
from tests import make
from tests.client import Api
from tests.identity.parallel import at_once
from tests.labels.cast import hold, label
from tests.labels.people import seen

NOW = timezone.now()


@pytest.fixture
def shows(rookery: Community) -> EntityGroup:
    return group(rookery, "shows")


@pytest.fixture
def path(shows: EntityGroup) -> str:
    return f"/labels/v1/entity-groups/{shows.pk}/members"


def group(place: Community, name: str) -> EntityGroup:
    return add_group(community_id=place.pk, wish=GroupWish(name), actor="system", now=NOW)


def crowd(place: Community, count: int) -> list[str]:
    """Return the public ids of people seen in a community."""
    people = User.objects.bulk_create(User(username=f"crowd{each}") for each in range(count))
    Membership.objects.bulk_create(
        Membership(community=place, user=each, role=Role.NONE) for each in people
    )
    return [each.public_id for each in people]


def statuses(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [each["status"] for each in answer.json()["results"]]


def test_somebody_is_put_in_and_taken_out(
    api: Api, path: str, alice: User, rookery: Community
) -> None:
    added = api.post(path, {"user": alice.public_id})
    assert (added.status_code, added.json()) == (
        201,
        {"status": "created", "user": alice.public_id},
    )
    (member,) = api.get(path).json()["results"]
    assert member["user"] == {"id": alice.public_id, "name": "Alice"}
    assert member["added_at"].endswith("Z")

    assert api.post(path, alice.public_id).json()["status"] == "unchanged"
    assert api.delete(f"{path}/{alice.public_id}").status_code == 204
    assert api.delete(f"{path}/{alice.public_id}").status_code == 404
    assert api.get(path).json()["results"] == []


def test_a_thousand_are_put_in_by_as_many_statements_as_one(
    api: Api, path: str, rookery: Community
) -> None:
    people = crowd(rookery, 1002)
    api.post(path, people[1001])
    with CaptureQueriesContext(connection) as for_one:
        api.post(path, people[1000])

    with CaptureQueriesContext(connection) as for_all:
        answer = api.post(path, people[:1000])

    assert len(for_all) == len(for_one)
    assert answer.json()["summary"] == {
        "total": 1000, "created": 1000, "unchanged": 0, "replaced": 0, "removed": 0, "failed": 0,
    }  # fmt: skip
    assert statuses(api.post(path, people[:1000])) == ["unchanged"] * 1000
    assert statuses(api.post(f"{path}/remove", people[:999])) == ["removed"] * 999
    assert GroupMember.objects.count() == 3


def test_each_item_is_answered_in_its_place(
    api: Api, path: str, alice: User, rookery: Community
) -> None:
    bob = seen(rookery, "bob", account="42")
    stranger = make.user("stranger")
    items = [
        alice.public_id,
        {"user": "twitch:42"},
        {"platform": "twitch", "platform_user_id": "42"},
        bob.public_id,
        stranger.public_id,
        "twitch:77",
        "",
        7,
        {"user": alice.public_id, "role": "admin"},
        {"platform": "twitch", "platform_user_id": 42},
        "x" * 200,
    ]

    answer = api.post(path, items)

    assert statuses(answer) == ["created"] * 2 + ["unchanged"] * 2 + ["error"] * 7
    codes = [each["error"]["code"] for each in answer.json()["results"][4:]]
    assert codes == ["unknown_object"] * 2 + ["invalid"] * 5
    assert answer.json()["summary"]["failed"] == 7


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ([], 400),
        ({}, 400),
        (None, 400),
        (5, 400),
        ({"user": None}, 400),
        ({"user": "u_nobody"}, 404),
        (b"nonsense", 400),
        (["u_nobody"] * 1001, 413),
    ],
)
def test_bad_requests_are_refused(api: Api, path: str, body: Any, status: int) -> None:
    for address in (path, f"{path}/remove"):
        assert api.post(address, body).status_code == status


@pytest.mark.parametrize("user", ["u_nobody", "twitch:42", "%F0%9F%90%A7"])
def test_taking_out_who_is_nobody_here_is_not_found(api: Api, path: str, user: str) -> None:
    assert api.delete(f"{path}/{user}").status_code == 404


def test_members_are_read_in_pages(api: Api, path: str, rookery: Community) -> None:
    api.post(path, crowd(rookery, 5))

    first = api.get(f"{path}?limit=3").json()
    second = api.get(first["next"].removeprefix("http://testserver")).json()

    assert (len(first["results"]), len(second["results"]), second["next"]) == (3, 2, None)


def test_only_those_who_manage_labels_say_who_is_in(path: str, rookery: Community) -> None:
    bob = make.member(rookery, make.user("bob"), Role.MODERATOR)
    moderator = Api(make.key(bob, place=rookery))

    assert moderator.get(path).status_code == 200
    for refused in (
        moderator.post(path, bob.public_id),
        moderator.post(f"{path}/remove", bob.public_id),
        moderator.delete(f"{path}/{bob.public_id}"),
    ):
        assert refused.status_code == 403


def test_nobody_joins_a_group_for_labels_they_may_not_give(
    path: str, shows: EntityGroup, rookery: Community
) -> None:
    bob = make.member(rookery, make.user("bob"))
    hold(label(rookery, "librarian", "labels:manage"), bob)
    own = Api(make.key(bob, place=rookery))
    assert own.post(path, bob.public_id).status_code == 201

    hold(label(rookery, "crew", "commands:*", kind=Kind.ENTITY_GROUP), shows)

    for refused in (
        own.post(path, bob.public_id),
        own.delete(f"{path}/{bob.public_id}"),
        own.patch(path.removesuffix("/members"), {"entities": ["twitch+rookery"]}),
        own.delete(path.removesuffix("/members")),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "beyond_reach")
        assert "labels:assign:crew needs the role admin or higher" in refused.json()["detail"]


def test_what_changed_is_on_the_record_once(
    api: Api, path: str, alice: User, shows: EntityGroup
) -> None:
    for _ in range(2):
        api.post(path, [alice.public_id, "u_nobody"])
    for _ in range(2):
        api.post(f"{path}/remove", [alice.public_id])

    joined, left = AuditEvent.objects.filter(target=f"entity_group:{shows.pk}").order_by("id")[1:]
    assert (joined.action, left.action) == ("entity_group.joined", "entity_group.left")
    assert joined.details["after"] == {"people": 1, "members": [f"user:{alice.pk}"]}
    assert left.details["before"] == joined.details["after"]


def test_roles_on_the_platforms_are_looked_at_anew(
    api: Api, path: str, alice: User, shows: EntityGroup, rookery: Community
) -> None:
    rule = RoleRule.objects.create(
        group=shows,
        label=Label.objects.create(community=rookery, name="vip"),
        platform="twitch",
        server_id="1",
        role="vip",
        due_at=timezone.now() + timedelta(days=1),
    )

    api.post(path, alice.public_id)

    rule.refresh_from_db()
    assert rule.due_at <= timezone.now()


@pytest.mark.django_db(transaction=True)
def test_lists_that_overlap_at_once_put_everybody_in_once() -> None:
    place = make.community(owner=make.user())
    row, people = group(place, "shows"), crowd(place, 60)
    change = partial(add_members, row=row, actor="system", now=NOW)

    results = at_once(
        *[partial(change, references=people[n:] + people[:n]) for n in range(0, 60, 10)]
    )

    created = sum(each.status == "created" for result in results for each in result)
    assert created == GroupMember.objects.count() == 60


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_who_is_put_in_while_the_group_is_removed_is_in_nothing(round_: int) -> None:
    place = make.community(owner=make.user())
    row, people = group(place, "shows"), crowd(place, 50)
    change: dict[str, Any] = {"row": row, "actor": "system", "now": NOW}

    at_once(
        partial(add_members, references=people, **change),
        partial(remove_group, group_id=row.pk, actor="system", now=NOW),
        partial(remove_members, references=people[::-1], **change),
    )

    assert not GroupMember.objects.exists()
