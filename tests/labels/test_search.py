"""Who and what holds which labels: `GET /labels/v1/search`."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from identity.models import Community, User
from labels.data import Giver, Kind, Pin
from labels.models import EntityGroup, Label
from labels.operations.assigning import assign, remove
from tests import make
from tests.client import Api

BY = Giver("user:1")


def label(place: Community | None, name: str, kind: Kind = Kind.USER, **rest: Any) -> Label:
    row = Label(community=place, name=name, kind=kind.value, is_system=place is None, **rest)
    row.save()
    return row


def pin(row: Label, *targets: User | str, **rest: Any) -> None:
    pins = [Pin(row.pk, t.pk if isinstance(t, User) else t, **rest) for t in targets]
    assign(
        community_id=row.community_id,
        kind=Kind(row.kind),
        pins=pins,
        giver=BY,
        now=timezone.now(),
    )


def search(api: Api, query: str = "", **rest: Any) -> dict[str, Any]:
    answer = api.get(f"/labels/v1/search?{query}", **rest)
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def names(api: Api, query: str = "") -> list[str]:
    return [each["name"] for each in search(api, query)["results"]]


@pytest.fixture
def people(rookery: Community) -> dict[str, User]:
    return {
        name: make.member(rookery, make.user(name, display_name=name.title()))
        for name in ("bob", "carol", "dave", "erin")
    }


@pytest.fixture
def vip(rookery: Community, people: dict[str, User]) -> Label:
    row = label(rookery, "vip", description="Very important penguins")
    pin(row, people["bob"], people["carol"])
    return row


@pytest.fixture
def mod(rookery: Community, people: dict[str, User]) -> Label:
    row = label(rookery, "mod", color="#ff8800")
    pin(row, people["carol"], people["dave"])
    return row


def test_a_holder_is_found_with_all_the_labels_they_hold(
    api: Api, people: dict[str, User], vip: Label, mod: Label
) -> None:
    (found,) = search(api, "labels=vip,mod")["results"]

    assert (found["kind"], found["object_id"]) == ("user", people["carol"].public_id)
    assert [each["name"] for each in found["labels"]] == ["mod", "vip"]
    assert found["labels"][0]["color"] == "#ff8800"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("labels=vip", ["Bob", "Carol"]),
        ("labels=VIP", ["Bob", "Carol"]),
        ("labels=vip,mod&match=any", ["Bob", "Carol", "Dave"]),
        ("labels=vip&not=mod", ["Bob"]),
        ("not=vip", ["Dave"]),
        ("", ["Bob", "Carol", "Dave"]),
        ("kind=module", []),
        ("q=aro", ["Carol"]),
        ("q=penguin", ["Bob", "Carol"]),
        ("q=pengiun", []),
        ("labels=mod&q=important", ["Carol"]),
        ("q=d", ["Dave"]),
        ("q=%25", []),
        ("labels=nothing", []),
        ("labels=vip,nothing&match=any", ["Bob", "Carol"]),
    ],
)
def test_what_is_asked_for_is_found_and_nothing_else(
    api: Api, vip: Label, mod: Label, query: str, expected: list[str]
) -> None:
    assert names(api, query) == expected


def test_a_label_is_named_by_its_id_too(api: Api, vip: Label) -> None:
    assert names(api, f"labels={vip.pk}") == ["Bob", "Carol"]


def test_a_word_that_is_no_label_is_said_to_be_none(api: Api, vip: Label) -> None:
    elsewhere = label(make.community(owner=make.user()), "theirs")

    body = search(api, f"labels=vip,{elsewhere.pk},nothing&not=theirs&match=any")

    assert set(body["unknown_labels"]) == {"nothing", str(elsewhere.pk), "theirs"}


def everything(api: Api, query: str) -> Iterable[str]:
    path: str | None = f"/labels/v1/search?{query}"
    while path:
        body = api.get(path).json()
        yield from (each["name"] for each in body["results"])
        path = body["next"]


def test_pages_go_through_everything_once_and_back(api: Api, vip: Label, mod: Label) -> None:
    assert list(everything(api, "limit=1")) == ["Bob", "Carol", "Dave"]

    second = api.get(search(api, "limit=1")["next"]).json()
    third = api.get(second["next"]).json()

    assert third["next"] is None
    assert api.get(third["previous"]).json()["results"] == second["results"]
    assert search(api, "limit=1")["previous"] is None


def test_every_kind_is_found_by_what_it_is_called(
    api: Api, rookery: Community, vip: Label
) -> None:
    group = EntityGroup.objects.create(community=rookery, name="Streams")
    pin(label(rookery, "loud", Kind.ENTITY_GROUP), str(group.pk))
    pin(label(rookery, "fun", Kind.MODULE), "dice", "quotes")
    pin(label(rookery, "friendly", Kind.COMMUNITY), str(rookery.pk))

    assert list(everything(api, "limit=2")) == [
        "The Rookery", "Streams", "dice", "quotes", "Bob", "Carol",
    ]  # fmt: skip
    assert names(api, "q=stream") == ["Streams"]
    assert names(api, "q=dic&kind=module") == ["dice"]
    assert names(api, "q=ROOK") == ["The Rookery"]
    assert names(api, "labels=fun,loud,vip&match=any") == [
        "Streams",
        "dice",
        "quotes",
        "Bob",
        "Carol",
    ]


def test_what_does_not_count_now_is_not_found(
    api: Api, rookery: Community, people: dict[str, User], vip: Label
) -> None:
    now = timezone.now()
    pin(label(rookery, "soon"), people["dave"], valid_from=now + timedelta(hours=1))
    gone = label(rookery, "gone")
    pin(gone, people["erin"])
    remove(
        community_id=rookery.pk,
        kind=Kind.USER,
        pins=[Pin(gone.pk, people["erin"].pk)],
        giver=BY,
        now=now,
    )

    assert names(api) == ["Bob", "Carol"]
    assert names(api, "labels=soon") == names(api, "labels=gone") == []


def test_holders_of_the_systems_labels_are_found_where_they_belong(
    api: Api, rookery: Community, people: dict[str, User], vip: Label
) -> None:
    verified = label(None, "waddlebot/verified")
    pin(verified, people["bob"], people["erin"], make.user("stranger"))

    assert names(api, "labels=waddlebot/verified") == ["Bob", "Erin"]
    assert names(api, "labels=waddlebot/verified,vip") == ["Bob"]
    assert names(api) == ["Bob", "Carol", "Erin"]
    assert search(api, "q=erin")["results"][0]["labels"][0]["is_system"] is True


def test_nobody_holds_two_of_an_exclusive_set(
    api: Api, rookery: Community, people: dict[str, User]
) -> None:
    gold = label(rookery, "tier/gold", exclusive=True)
    silver = label(rookery, "tier/silver", exclusive=True)
    pin(gold, people["bob"])
    pin(silver, people["carol"])

    assert names(api, "labels=tier/gold,tier/silver") == []
    assert names(api, "labels=tier/gold,tier/silver&match=any") == ["Bob", "Carol"]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("kind=penguin", "#/kind"),
        ("match=some", "#/match"),
        ("limit=0", "#/limit"),
        ("cursor=xyz", "#/cursor"),
        ("cursor=bnVzZXI6eA", "#/cursor"),
        ("not=" + "x" * 51, "#/not"),
        ("labels=" + ",".join(map(str, range(21))), "#/labels"),
        ("q=" + "x" * 101, "#/q"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(api: Api, query: str, pointer: str) -> None:
    answer = api.get(f"/labels/v1/search?{query}")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_cursor_of_another_kind_is_none(api: Api, vip: Label) -> None:
    cursor = search(api, "limit=1")["next"].rpartition("cursor=")[2]

    assert api.get(f"/labels/v1/search?kind=module&cursor={cursor}").status_code == 400


def test_a_community_is_named_by_the_key_or_the_query(
    alice: User, rookery: Community, vip: Label
) -> None:
    unbound = Api(make.key(alice))
    elsewhere = make.community(owner=make.user())

    assert names(unbound, "community=rookery") == ["Bob", "Carol"]
    assert unbound.get("/labels/v1/search").status_code == 400
    assert unbound.get(f"/labels/v1/search?community={elsewhere.slug}").status_code == 404
