"""Labels over REST: made, read, changed and removed."""

from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from identity.models import AuditEvent, Community, User
from labels import api as labels
from labels.models import Label, LabelSettings
from tests import make
from tests.client import Api

LABELS = "/labels/v1/labels"


def made(api: Api, name: str = "tier/gold", **rest: Any) -> dict[str, Any]:
    answer = api.post(LABELS, {"name": name, "kind": "user", **rest})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def pointers(answer: Any) -> set[str]:
    return {flaw["pointer"] for flaw in answer.json()["errors"]}


def test_a_label_is_made_read_changed_and_removed(api: Api, rookery: Community) -> None:
    label = made(api, color="#FC0", icon="🥇", exclusive=True, grants=["commands:so"])
    path = f"{LABELS}/{label['id']}"
    assert label == api.get(path).json() | {"updated_at": label["updated_at"]}
    assert (label["color"], label["text_color"]) == ("#ffcc00", "#000000")
    assert (label["community"], label["is_system"], label["holders"]) == ("rookery", False, 0)

    changed = api.patch(path, {"name": "rank/gold", "description": "Shiny."}).json()
    assert (changed["id"], changed["name"], changed["description"]) == (
        label["id"],
        "rank/gold",
        "Shiny.",
    )
    assert changed["grants"] == ["commands:so"]

    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404
    assert api.get(LABELS).json()["results"] == []


def test_what_is_read_may_be_sent_back(api: Api) -> None:
    label = made(api)
    told = {"id", "text_color", "holders", "created_at", "updated_at"}

    sent = {name: value for name, value in label.items() if name not in told}
    answer = api.patch(f"{LABELS}/{label['id']}", sent)

    assert answer.status_code == 200
    assert answer.json() | {"updated_at": ""} == label | {"updated_at": ""}


def test_the_list_tells_the_communitys_labels_and_the_systems(
    api: Api, rookery: Community, alice: User
) -> None:
    made(api, "vip")
    made(api, "quiz", kind="module")
    Label.objects.create(is_system=True, name="waddlebot/star")
    Label.objects.create(community=make.community(owner=alice), name="elsewhere")

    def names(query: str) -> list[str]:
        return [each["name"] for each in api.get(f"{LABELS}?{query}").json()["results"]]

    assert names("") == ["waddlebot/star", "quiz", "vip"]
    assert names("kind=user&q=VI") == ["vip"]
    assert names("community=rookery&limit=1") == ["waddlebot/star"]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": "two words"}, "#/name"),
        ({"name": "/gold"}, "#/name"),
        ({"name": "gold/"}, "#/name"),
        ({"name": "a,b"}, "#/name"),
        ({"name": "vip\u200b"}, "#/name"),
        ({"name": "x" * 51}, "#/name"),
        ({"name": 7}, "#/name"),
        ({"name": "waddlebot/star"}, "#/name"),
        ({"name": "WaddleBot/star"}, "#/name"),
        ({"kind": "person"}, "#/kind"),
        ({"color": "red"}, "#/color"),
        ({"color": "#12345"}, "#/color"),
        ({"exclusive": True}, "#/exclusive"),
        ({"exclusive": "yes"}, "#/exclusive"),
        ({"grants": ["commands:so", "commands"]}, "#/grants/1"),
        ({"grants": ["a:" + "b" * 99]}, "#/grants/0"),
        ({"grants": "commands:so"}, "#/grants"),
        ({"parents": ["nobody"]}, "#/parents/0"),
        ({"parents": [2**63 - 1]}, "#/parents/0"),
        ({"parents": [True]}, "#/parents/0"),
        ({"colour": "#000000"}, "#/colour"),
        ({"community": True}, "#/community"),
    ],
)
def test_what_no_label_can_be_is_refused(api: Api, wrong: dict[str, Any], pointer: str) -> None:
    answer = api.post(LABELS, {"name": "gold", "kind": "user"} | wrong)

    assert answer.status_code == 400
    assert pointers(answer) == {pointer}
    assert not Label.objects.exists()


def test_a_name_is_taken_once_a_kind(api: Api) -> None:
    label = made(api, "vip")
    made(api, "vip", kind="module")
    assert api.post(LABELS, {"name": "vip", "kind": "user"}).json()["code"] == "label_exists"

    other = made(api, "regular")
    answer = api.patch(f"{LABELS}/{other['id']}", {"name": "vip"})
    assert (answer.status_code, answer.json()["code"]) == (409, "label_exists")

    api.delete(f"{LABELS}/{label['id']}")
    assert api.patch(f"{LABELS}/{other['id']}", {"name": "vip"}).status_code == 200


def test_a_community_has_so_many_labels_and_no_more(api: Api, rookery: Community) -> None:
    LabelSettings.objects.create(community=rookery, max_labels=1)
    first = made(api, "one")

    answer = api.post(LABELS, {"name": "two", "kind": "user"})

    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_labels")
    api.delete(f"{LABELS}/{first['id']}")
    made(api, "two")


def test_kind_and_community_stay(api: Api, alice: User) -> None:
    path = f"{LABELS}/{made(api)['id']}"
    elsewhere = make.community(owner=alice)

    answer = api.patch(path, {"kind": "module", "community": elsewhere.slug, "is_system": True})

    assert answer.status_code == 400
    assert api.patch(path, {"kind": "user", "community": "rookery"}).status_code == 200
    assert pointers(api.patch(path, {"kind": "module"})) == {"#/kind"}


def test_every_change_is_on_the_record(api: Api, rookery: Community) -> None:
    path = f"{LABELS}/{made(api, 'vip')['id']}"
    api.patch(path, {"grants": ["commands:so"]})
    api.delete(path)

    added, changed, removed = AuditEvent.objects.filter(action__startswith="label.").order_by("id")
    assert (added.action, added.details["before"]) == ("label.added", None)
    assert changed.details["before"]["grants"] == []
    assert changed.details["after"]["grants"] == ["commands:so"]
    assert (removed.action, removed.details["after"]) == ("label.removed", None)
    assert {event.community_id for event in (added, changed, removed)} == {rookery.pk}


def test_a_key_bound_to_nothing_names_the_community(alice: User, rookery: Community) -> None:
    free = Api(make.key(alice))

    assert pointers(free.get(LABELS)) == {"#/community"}
    assert pointers(free.post(LABELS, {"name": "vip", "kind": "user"})) == {"#/community"}
    made(free, "vip", community="rookery")
    made(free, "regular", community=rookery.pk)
    assert len(free.get(f"{LABELS}?community={rookery.pk}").json()["results"]) == 2


@pytest.mark.parametrize("query", ["kind=person", "q=" + "x" * 101, "q=%00", "limit=0"])
def test_a_query_that_makes_no_sense_is_refused(api: Api, query: str) -> None:
    assert api.get(f"{LABELS}?{query}").status_code == 400


def test_a_renamed_label_counts_at_once(api: Api, rookery: Community, alice: User) -> None:
    label = made(api, "vip")
    labels.give(community_id=rookery.pk, user_id=alice.pk, name="vip")

    api.patch(f"{LABELS}/{label['id']}", {"name": "star"})

    held = labels.names_of(community_id=rookery.pk, user_id=alice.pk, now=timezone.now())
    assert held == {"star"}


def test_a_list_costs_as_much_with_many_labels_as_with_one(
    api: Api, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made(api, "a")
    made(api, "b", parents=["a"])
    api.get(LABELS)
    with django_assert_num_queries(4):
        api.get(LABELS)

    for name in "cdefg":
        made(api, name, parents=["a", "b"])

    with django_assert_num_queries(4):
        assert len(api.get(LABELS).json()["results"]) == 7


def test_what_changes_nothing_leaves_no_trace(api: Api) -> None:
    label = made(api, "vip", parents=[])
    path = f"{LABELS}/{label['id']}"

    answers = [api.patch(path, {}), api.patch(path, {"name": "vip", "parents": []})]

    assert [answer.json() for answer in answers] == [label, label]
    assert not AuditEvent.objects.filter(action="label.changed").exists()
