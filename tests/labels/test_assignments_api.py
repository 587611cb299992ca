import json
from collections.abc import Iterable
from typing import Any

import pytest

from identity.data import Role
from identity.models import Community, Membership, User
from labels.models import EntityGroup, Label, ObjectLabel, UserLabel
from tests import make
from tests.client import Api

GIVE, TAKE = "/labels/v1/assignments", "/labels/v1/assignments/remove"
FUTURE = "2999-01-01T00:00:00Z"


@pytest.fixture
def vip(rookery: Community) -> Label:
    return Label.objects.create(community=rookery, name="vip")


@pytest.fixture
def bob(rookery: Community) -> User:
    """Return somebody who was only seen here."""
    return seen(rookery, make.user("bob"))


def seen(place: Community, *people: User) -> User:
    Membership.objects.bulk_create(
        Membership(community=place, user=person, role=Role.NONE) for person in people
    )
    return people[0]


def item(person: User, label: int | str = "vip", **rest: Any) -> dict[str, Any]:
    return {"label": label, "kind": "user", "object_id": person.public_id, **rest}


def said(results: Iterable[Any]) -> list[str]:
    return [each["error"]["code"] if "error" in each else each["status"] for each in results]


def test_one_label_is_given_and_taken(api: Api, vip: Label, bob: User) -> None:
    given = api.post(GIVE, item(bob, valid_until=FUTURE, reason="helps"))
    assert (given.status_code, given.json()["status"]) == (201, "created")

    held = UserLabel.objects.get()
    assert (held.user, held.reason, held.source) == (bob, "helps", "manual")
    assert held.given_by == f"key:{str(api.key)[3:15]}"

    taken = api.post(TAKE, item(bob))
    assert (taken.status_code, taken.json()["status"]) == (200, "removed")
    assert api.post(TAKE, item(bob)).json()["status"] == "unchanged"


def test_a_list_is_answered_in_its_order(api: Api, vip: Label, bob: User, alice: User) -> None:
    body = [
        item(bob),
        item(bob, "nothing"),
        item(alice, vip.pk),
        item(bob),
        item(make.user("stranger")),
    ]

    answer = api.post(GIVE, body)

    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [each["index"] for each in results] == [0, 1, 2, 3, 4]
    assert said(results) == ["created", "unknown_label", "created", "unchanged", "unknown_object"]
    assert answer.json()["summary"] == {
        "total": 5, "created": 2, "unchanged": 1, "replaced": 0, "removed": 0, "failed": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"kind": "planet"}, "#/kind"),
        ({"label": None}, "#/label"),
        ({"label": True}, "#/label"),
        ({"label": ""}, "#/label"),
        ({"label": 2**63}, "#/label"),
        ({"object_id": []}, "#/object_id"),
        ({"reason": "x" * 201}, "#/reason"),
        ({"valid_until": "tomorrow"}, "#/valid_until"),
        ({"valid_until": "2999-01-01"}, "#/valid_until"),
        ({"valid_until": "2999-01-01T00:00:00"}, "#/valid_until"),
        ({"valid_until": 4102444800}, "#/valid_until"),
        ({"valid_from": "0001-01-01T00:00:00+23:00"}, "#/valid_from"),
        ({"valid_until": "9999-12-31T23:59:59-01:00"}, "#/valid_until"),
    ],
)
def test_an_item_of_the_wrong_shape_fails_alone(
    wrong: dict[str, Any], pointer: str, api: Api, vip: Label, bob: User
) -> None:
    alone, listed = api.post(GIVE, item(bob) | wrong), api.post(GIVE, [item(bob) | wrong])

    assert (alone.status_code, alone.json()["errors"][0]["pointer"]) == (400, pointer)
    assert listed.json()["results"][0]["error"]["errors"][0]["pointer"] == pointer
    assert said(api.post(GIVE, [item(bob) | wrong, item(bob)]).json()["results"])[1] == "created"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"valid_until": "2020-01-01T00:00:00Z"}, 400, "invalid"),
        ({"label": "nothing"}, 404, "unknown_label"),
        ({"object_id": "u_0000000000000000000000"}, 404, "unknown_object"),
        ({"object_id": "twitch:42"}, 404, "unknown_object"),
        ({"kind": "module"}, 404, "unknown_label"),
    ],
)
def test_one_item_that_fails_is_refused(
    change: dict[str, Any], status: int, code: str, api: Api, vip: Label, bob: User
) -> None:
    answer = api.post(GIVE, item(bob) | change)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not UserLabel.objects.exists()


def test_of_a_thousand_three_bad_ones_fail(api: Api, vip: Label, rookery: Community) -> None:
    people = User.objects.bulk_create(
        User(username=f"p{n}", public_id=f"u_{n:022}") for n in range(1000)
    )
    seen(rookery, *people)
    body = [item(person) for person in people]
    body[10]["label"], body[20]["kind"], body[30]["object_id"] = "nothing", "planet", "u_1"

    first, second = api.post(GIVE, body).json(), api.post(GIVE, body).json()

    assert (first["summary"]["created"], first["summary"]["failed"]) == (997, 3)
    assert [each["index"] for each in first["results"] if "error" in each] == [10, 20, 30]
    assert (second["summary"]["unchanged"], second["summary"]["failed"]) == (997, 3)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'"x"', 400),
        (b"[" * 100_000, 400),
        (b'[{"label": "a\\u0000b"}]', 400),
        (b'[{"label": "\\ud800"}]', 400),
        (json.dumps([{}] * 1001).encode(), 413),
        (b" " * (4 * 1024 * 1024 + 1), 413),
    ],
)
def test_what_is_no_list_of_items_is_refused(
    body: bytes, status: int, api: Api, rookery: Community
) -> None:
    assert api.post(GIVE, body).status_code == status


def test_the_same_idempotency_key_answers_the_same(api: Api, vip: Label, bob: User) -> None:
    headers = {"Idempotency-Key": "once"}
    first = api.post(GIVE, [item(bob)], headers=headers)

    again = api.post(GIVE, [item(bob)], headers=headers)

    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert api.post(GIVE, [item(bob, "x")], headers=headers).status_code == 409


def test_people_go_by_their_accounts_too(api: Api, vip: Label, bob: User) -> None:
    make.link(bob, "discord", "1234567890123456789")

    answer = api.post(GIVE, item(bob) | {"object_id": "discord:1234567890123456789"})

    assert answer.json()["status"] == "created"
    assert UserLabel.objects.get().user == bob


def test_who_was_merged_away_means_who_is_left(api: Api, vip: Label, bob: User) -> None:
    old = make.user("old")
    User.objects.filter(pk=old.pk).update(merged_into=bob)

    assert said(api.post(GIVE, [item(old), item(bob)]).json()["results"]) == [
        "created",
        "unchanged",
    ]
    assert UserLabel.objects.get().user == bob


def test_a_moderator_gives_what_permits_nothing(rookery: Community, vip: Label, bob: User) -> None:
    moderator = make.member(rookery, make.user("moderator"), Role.MODERATOR)
    boss = Label.objects.create(community=rookery, name="boss", grants=["commands:*"])
    api = Api(make.key(moderator, place=rookery))

    answer = api.post(GIVE, [item(bob), item(bob, boss.pk)])

    assert said(answer.json()["results"]) == ["created", "forbidden"]
    assert api.post(GIVE, item(moderator, boss.pk)).status_code == 403


def test_a_member_gives_nothing(rookery: Community, vip: Label, bob: User) -> None:
    api = Api(make.key(make.member(rookery, make.user("member")), place=rookery))

    assert said(api.post(GIVE, [item(bob)]).json()["results"]) == ["forbidden"]
    assert said(api.post(TAKE, [item(bob)]).json()["results"]) == ["forbidden"]


def test_an_unbound_key_names_its_community_once(
    alice: User, rookery: Community, vip: Label, bob: User
) -> None:
    make.community(owner=alice, slug="elsewhere")
    api = Api(make.key(alice))

    assert api.post(GIVE, [item(bob)]).status_code == 400
    answer = api.post(
        GIVE,
        [
            item(bob, community="rookery"),
            item(alice, community=rookery.pk),
            item(bob, community="elsewhere"),
        ],
    )
    assert said(answer.json()["results"]) == ["created", "created", "invalid"]
    assert said(api.post(f"{TAKE}?community=rookery", [item(bob)]).json()["results"]) == [
        "removed"
    ]


def test_another_community_gives_nothing_here(rookery: Community, vip: Label, bob: User) -> None:
    stranger = make.user("stranger")
    elsewhere = make.community(owner=stranger, slug="elsewhere")
    make.member(elsewhere, bob)
    api = Api(make.key(stranger))

    assert api.post(GIVE, item(bob, community="rookery")).status_code == 404
    assert api.post(GIVE, item(bob, vip.pk, community="elsewhere")).status_code == 404
    assert not UserLabel.objects.exists()


def test_things_are_labelled_as_people_are(api: Api, rookery: Community, alice: User) -> None:
    other = make.community(owner=alice)
    group = EntityGroup.objects.create(community=rookery, name="streams")
    for kind in ("community", "module", "entity_group"):
        Label.objects.create(community=rookery, name="good", kind=kind)
    wanted = [
        ("community", "rookery"), ("community", rookery.pk), ("community", other.pk),
        ("module", "so"), ("module", "Not a slug"),
        ("entity_group", "streams"), ("entity_group", group.pk), ("entity_group", "none"),
    ]  # fmt: skip

    answer = api.post(
        GIVE, [{"label": "good", "kind": kind, "object_id": name} for kind, name in wanted]
    )

    assert said(answer.json()["results"]) == [
        "created", "unchanged", "unknown_object",
        "created", "unknown_object",
        "created", "unchanged", "unknown_object",
    ]  # fmt: skip
    assert set(ObjectLabel.objects.values_list("kind", "object_id")) == {
        ("community", str(rookery.pk)),
        ("module", "so"),
        ("entity_group", str(group.pk)),
    }


def test_staff_give_the_labels_of_the_system(bob: User, rookery: Community) -> None:
    staff = make.user("staff", is_staff=True)
    Label.objects.create(name="waddlebot/friend", is_system=True)
    Label.objects.create(name="waddlebot/shown", kind="community", is_system=True)
    shown = {"label": "waddlebot/shown", "kind": "community", "object_id": "rookery"}
    api = Api(make.key(staff, scopes=["labels:write", "admin"]))

    answer = api.post(GIVE, [item(bob, "waddlebot/friend"), shown])

    assert said(answer.json()["results"]) == ["created", "created"]
    held = UserLabel.objects.get()
    assert (held.community, held.user) == (None, bob)


def test_nobody_else_gives_the_labels_of_the_system(
    api: Api, alice: User, rookery: Community
) -> None:
    Label.objects.create(name="waddlebot/friend", is_system=True)

    assert api.post(GIVE, item(alice, "waddlebot/friend")).status_code == 404
    assert Api(make.key(alice)).post(GIVE, item(alice, "waddlebot/friend")).status_code == 400
