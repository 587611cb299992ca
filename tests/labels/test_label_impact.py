"""What hangs on a label is told before it goes, and whoever means it says its name."""

from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from identity.models import Community, User
from labels import api as labels
from labels.data import Giver, Kind, Pin
from labels.models import EntityGroup, Label, LabelRule, ObjectLabel, RoleRule, UserLabel
from labels.signals import labels_changed
from labels.tasks import settle_labels
from tests import make
from tests.client import Api

LABELS = "/labels/v1/labels"


@pytest.fixture
def vip(api: Api) -> str:
    """Return the address of a label."""
    return f"{LABELS}/{api.post(LABELS, {'name': 'vip', 'kind': 'user'}).json()['id']}"


def give(place: Community, name: str, *people: User) -> None:
    for person in people:
        labels.give(community_id=place.pk, user_id=person.pk, name=name)


def held(place: Community, person: User) -> frozenset[str]:
    return labels.names_of(community_id=place.pk, user_id=person.pk, now=timezone.now())


def test_impact_names_all_that_hangs_on_a_label(
    api: Api, rookery: Community, alice: User, vip: str
) -> None:
    give(rookery, "vip", alice)
    row = Label.objects.get()
    router = "/router/v1/communities/rookery"
    asking = {"name": "hug", "response": "Go!", "requires": {"any_label": ["vip"]}}
    saying = {"name": "me", "response": "You are ${label:vip}."}
    commands = [api.post(f"{router}/commands", each).json()["id"] for each in (asking, saying)]
    rule = {"name": "links", "pattern": "x", "match": "word", "exempt": {"any_label": ["vip"]}}
    exempting = api.post(f"{router}/rules", rule).json()["id"]
    child = api.post(LABELS, {"name": "star", "kind": "user", "parents": ["vip"]}).json()["id"]
    giver = {"name": "host", "kind": "user", "grants": ["labels:assign:vip"]}
    granting = api.post(LABELS, giver).json()["id"]
    auto = LabelRule.objects.create(community=rookery, name="r", label=row, conditions={})
    group = EntityGroup.objects.create(community=rookery, name="all")
    role = RoleRule.objects.create(
        group=group, label=row, platform="discord", server_id="1", role="2"
    )

    impact = api.get(f"{vip}/impact").json()

    assert impact == {
        "holders": 1,
        "children": [{"id": child, "name": "star"}],
        "rules": [{"id": auto.pk, "name": "r"}],
        "role_rules": [{"id": role.pk, "platform": "discord", "server_id": "1", "role": "2"}],
        "uses": [
            {"kind": "label", "id": granting, "name": "host"},
            {"kind": "command", "id": commands[0], "name": "!hug"},
            {"kind": "command", "id": commands[1], "name": "!me"},
            {"kind": "rule", "id": exempting, "name": "links"},
        ],
        "in_use": True,
        "taken_if_exclusive": 0,
    }


def test_a_label_in_use_is_removed_by_who_confirms_it(
    api: Api, rookery: Community, alice: User, vip: str
) -> None:
    give(rookery, "vip", alice)
    rule = LabelRule.objects.create(
        community=rookery, name="r", label=Label.objects.get(), conditions={}
    )

    for confirm in ("", "?confirm=", "?confirm=VIP"):
        answer = api.delete(vip + confirm)
        assert (answer.status_code, answer.json()["code"]) == (409, "label_in_use")
        assert "1 holder, 1 rule" in answer.json()["detail"]
    assert held(rookery, alice) == {"vip"}

    assert api.delete(f"{vip}?confirm=vip").status_code == 204
    assert held(rookery, alice) == frozenset()
    rule.refresh_from_db()
    assert rule.enabled is False


def test_whoever_held_a_removed_label_is_told_of_in_history(
    api: Api, rookery: Community, alice: User, vip: str
) -> None:
    give(rookery, "vip", alice)
    heard: list[Any] = []
    listener = lambda **told: heard.append(told)  # noqa: E731
    labels_changed.connect(listener)

    api.delete(f"{vip}?confirm=vip")

    labels_changed.disconnect(listener)
    spell = UserLabel.objects.get()
    assert (spell.ended_because, spell.ended_by) == ("label_deleted", f"key:{str(api.key)[3:15]}")
    assert spell.ended_at == Label.objects.get().deleted_at
    (change,) = heard[0]["changes"]
    assert (change.targets, change.gained, change.because) == (
        (alice.pk,),
        False,
        "label_deleted",
    )


@override_settings(BULK_OPERATION_SIZE=2)
def test_many_holders_are_ended_in_chunks(
    api: Api, rookery: Community, alice: User, vip: str
) -> None:
    people = [make.member(rookery, make.user()) for _ in range(5)]
    give(rookery, "vip", *people)
    give(rookery, "other", *people)

    api.delete(f"{vip}?confirm=vip")
    assert UserLabel.objects.filter(ended_at=None, label__name="vip").count() == 3
    assert held(rookery, people[4]) == {"other"}
    settle_labels()
    settle_labels()

    assert UserLabel.objects.filter(ended_because="label_deleted").count() == 5
    assert UserLabel.objects.filter(ended_at=None).count() == 5
    assert not Label.objects.filter(unsettled_at__isnull=False).exists()


def test_a_label_of_modules_is_removed_from_them(api: Api, rookery: Community) -> None:
    row = Label.objects.create(community=rookery, name="fun", kind="module")
    labels.assign(
        community_id=rookery.pk,
        kind=Kind.MODULE,
        pins=[Pin(row.pk, "quiz")],
        giver=Giver("system"),
        now=timezone.now(),
    )
    assert api.get(f"{LABELS}/{row.pk}").json()["holders"] == 1

    api.delete(f"{LABELS}/{row.pk}?confirm=fun")

    assert ObjectLabel.objects.get().ended_because == "label_deleted"


def test_a_name_that_commands_ask_for_is_changed_by_who_confirms_it(api: Api, vip: str) -> None:
    asking = {"name": "hug", "response": "Go!", "requires": {"any_label": ["vip"]}}
    api.post("/router/v1/communities/rookery/commands", asking)
    assert api.patch(vip, {"description": "Very."}).status_code == 200

    answer = api.patch(vip, {"name": "star"})

    assert (answer.status_code, answer.json()["code"]) == (409, "label_in_use")
    assert "!hug" in answer.json()["detail"]
    assert api.patch(f"{vip}?confirm=vip", {"name": "star"}).status_code == 200
