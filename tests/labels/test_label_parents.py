"""A label implies its parents; circles are refused, however they would come about."""

import pytest

from identity.models import Community, User
from labels.models import Label, LabelParent
from tests import make
from tests.client import Api
from tests.identity.parallel import at_once

LABELS = "/labels/v1/labels"


def made(api: Api, name: str, *parents: int | str) -> int:
    answer = api.post(LABELS, {"name": name, "kind": "user", "parents": list(parents)})
    assert answer.status_code == 201, answer.content
    return int(answer.json()["id"])


def test_parents_are_named_by_id_or_name_and_replaced_whole(api: Api) -> None:
    one, _ = made(api, "one"), made(api, "two")
    path = f"{LABELS}/{made(api, 'child', one, 'TWO', 'one')}"
    assert api.get(path).json()["parents"] == ["one", "two"]

    assert api.patch(path, {"parents": ["two"]}).json()["parents"] == ["two"]
    assert api.patch(path, {"description": "x"}).json()["parents"] == ["two"]
    assert api.patch(path, {"parents": []}).json()["parents"] == []


def test_a_circle_is_refused_and_shown(api: Api) -> None:
    grand = made(api, "grand")
    parent = made(api, "parent", grand)
    child = made(api, "child", parent)

    answer = api.patch(f"{LABELS}/{grand}", {"parents": [child]})
    itself = api.patch(f"{LABELS}/{grand}", {"parents": ["grand"]})

    assert (answer.status_code, answer.json()["code"]) == (400, "circular_parents")
    assert "grand → child → parent → grand" in answer.json()["detail"]
    assert answer.json()["errors"][0]["pointer"] == "#/parents/0"
    assert itself.json()["code"] == "circular_parents"
    assert api.get(f"{LABELS}/{grand}").json()["parents"] == []


def test_a_parent_is_of_the_same_kind_and_community(api: Api, alice: User) -> None:
    elsewhere = Label.objects.create(community=make.community(owner=alice), name="elsewhere")
    system = Label.objects.create(is_system=True, name="waddlebot/star")
    module = api.post(LABELS, {"name": "fun", "kind": "module"}).json()["id"]
    path = f"{LABELS}/{made(api, 'child')}"

    for stranger in (elsewhere.pk, system.pk, module, "elsewhere", "waddlebot/star", "fun"):
        answer = api.patch(path, {"parents": [stranger]})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_label")


def test_a_removed_parent_is_implied_no_more(api: Api) -> None:
    parent = made(api, "parent")
    path = f"{LABELS}/{made(api, 'child', parent)}"

    api.delete(f"{LABELS}/{parent}?confirm=parent")

    assert api.get(path).json()["parents"] == []


@pytest.mark.django_db(transaction=True)
def test_two_who_name_each_other_at_once_make_no_circle(api: Api, rookery: Community) -> None:
    one, two = made(api, "one"), made(api, "two")

    answers = at_once(
        lambda: api.patch(f"{LABELS}/{one}", {"parents": [two]}).status_code,
        lambda: Api(api.key).patch(f"{LABELS}/{two}", {"parents": [one]}).status_code,
    )

    assert sorted(answers) == [200, 400]
    assert LabelParent.objects.count() == 1
