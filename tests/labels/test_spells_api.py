from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from identity.data import Role
from identity.models import AuditEvent, Community, User
from labels.data import Giver, Kind, Pin
from labels.models import Label
from labels.operations.assigning import assign, remove
from tests import make
from tests.client import Api

NOON = datetime.fromisoformat("2026-03-03T12:00:00Z")


def hours(number: float) -> datetime:
    return NOON + timedelta(hours=number)


def at(number: float) -> str:
    return hours(number).isoformat().replace("+00:00", "Z")


@pytest.fixture
def bob(rookery: Community) -> User:
    return make.member(rookery, make.user("bob", display_name="Bob"))


@pytest.fixture
def mod(rookery: Community) -> Label:
    return Label.objects.create(community=rookery, name="mod", created_at=hours(-100))


def give(label: Label, target: int | str, when: datetime, **dates: Any) -> None:
    write(assign, label, target, when, **dates)


def take(label: Label, target: int | str, when: datetime) -> None:
    write(remove, label, target, when)


def write(how: Any, label: Label, target: int | str, when: datetime, **dates: Any) -> None:
    owner = User.objects.get(username="alice")
    how(
        community_id=label.community_id,
        kind=Kind(label.kind),
        pins=[Pin(label.pk, target, **dates)],
        giver=Giver(f"user:{owner.pk}"),
        now=when,
    )


def labels_of(person: User) -> str:
    return f"/labels/v1/objects/user/{person.public_id}/labels"


def history_of(person: User) -> str:
    return f"/labels/v1/objects/user/{person.public_id}/history"


def names(answer: Any) -> list[str]:
    return [each["label"]["name"] for each in answer.json()["results"]]


def test_what_somebody_held_at_any_moment_is_told(api: Api, mod: Label, bob: User) -> None:
    give(mod, bob.pk, hours(0), valid_from=hours(1), valid_until=hours(5))
    take(mod, bob.pk, hours(3))

    held = [names(api.get(f"{labels_of(bob)}?at={at(n)}")) for n in (-1, 0, 1, 2.9, 3, 5)]

    assert held == [[], [], ["mod"], ["mod"], [], []]


def test_a_person_who_asks_for_now_is_told_what_counts_now(
    api: Api, mod: Label, bob: User
) -> None:
    now = timezone.now()
    give(mod, bob.pk, now - timedelta(hours=2), valid_until=now - timedelta(hours=1))
    assert names(api.get(labels_of(bob))) == []

    give(mod, bob.pk, now - timedelta(minutes=1))
    assert names(api.get(labels_of(bob))) == ["mod"]


def test_the_history_tells_who_gave_and_who_took(
    api: Api, mod: Label, bob: User, alice: User
) -> None:
    give(mod, bob.pk, hours(0), reason="helps a lot")
    take(mod, bob.pk, hours(3))
    give(mod, bob.pk, hours(4), valid_until=hours(5))

    last, first = api.get(history_of(bob)).json()["results"]

    by_alice = {"kind": "user", "id": alice.public_id, "name": "Alice"}
    assert (first["given_by"], first["ended_by"]) == (by_alice, by_alice)
    assert (first["given_at"], first["ended_at"]) == (at(0), at(3))
    assert (first["ended_because"], first["reason"]) == ("taken", "helps a lot")
    assert (last["ended_at"], last["ended_by"], last["valid_until"]) == (None, None, at(5))
    assert first["holder"] == {"kind": "user", "id": bob.public_id, "name": "Bob"}


def test_who_held_a_label_on_a_day_is_told(api: Api, mod: Label, bob: User, alice: User) -> None:
    give(mod, bob.pk, hours(0))
    give(mod, alice.pk, hours(2))
    take(mod, bob.pk, hours(3))

    def holders(query: str = "") -> list[str]:
        answer = api.get(f"/labels/v1/labels/{mod.pk}/holders{query}")
        return [each["holder"]["name"] for each in answer.json()["results"]]

    assert holders(f"?at={at(1)}") == ["Bob"]
    assert holders(f"?at={at(2)}") == ["Alice", "Bob"]
    assert holders() == ["Alice"]


def test_who_held_a_label_that_was_removed_is_told_still(api: Api, mod: Label, bob: User) -> None:
    give(mod, bob.pk, hours(0))
    Label.objects.filter(pk=mod.pk).update(deleted_at=hours(2))

    path = f"/labels/v1/labels/{mod.pk}/holders"

    assert names(api.get(f"{path}?at={at(1)}")) == ["mod"]
    assert names(api.get(f"{path}?at={at(2)}")) == names(api.get(path)) == []


def test_a_key_is_told_by_its_name_and_its_owner(api: Api, mod: Label, bob: User) -> None:
    item = {"label": "mod", "kind": "user", "object_id": bob.public_id}
    api.post("/labels/v1/assignments", item)

    (held,) = api.get(labels_of(bob)).json()["results"]

    assert held["given_by"] == {"kind": "key", "id": str(api.key)[3:15], "name": "Alice"}


def test_members_see_what_is_held_and_not_who_gave_it(
    rookery: Community, mod: Label, bob: User, alice: User
) -> None:
    give(mod, alice.pk, hours(0), reason="between us")
    member = Api(make.key(bob, place=rookery))

    (held,) = member.get(labels_of(alice)).json()["results"]

    assert held.keys().isdisjoint({"given_by", "ended_by", "reason", "source_ref"})
    assert member.get(f"{labels_of(alice)}?at={at(1)}").status_code == 403
    assert member.get(history_of(alice)).status_code == 403
    holders = f"/labels/v1/labels/{mod.pk}/holders"
    assert member.get(holders).status_code == 200
    assert member.get(f"{holders}?at={at(1)}").status_code == 403
    Label.objects.filter(pk=mod.pk).update(deleted_at=hours(2))
    assert member.get(holders).status_code == 404
    refused = AuditEvent.objects.get(category="authorization")
    assert refused.details["reason"] == "withheld"


def test_everybody_sees_their_own_history(rookery: Community, mod: Label, bob: User) -> None:
    give(mod, bob.pk, hours(0))
    take(mod, bob.pk, hours(1))
    member = Api(make.key(bob, place=rookery))

    (told,) = member.get(history_of(bob)).json()["results"]

    assert (told["ended_because"], told.get("given_by")) == ("taken", None)
    assert names(member.get(f"{labels_of(bob)}?at={at(0.5)}")) == ["mod"]


def test_labels_of_the_system_are_told_everywhere(
    api: Api, rookery: Community, bob: User, alice: User
) -> None:
    friend = Label.objects.create(name="waddlebot/friend", is_system=True)
    give(friend, bob.pk, hours(0))

    (held,) = api.get(labels_of(bob)).json()["results"]

    assert (held["label"]["name"], held["label"]["is_system"]) == ("waddlebot/friend", True)
    holders = f"/labels/v1/labels/{friend.pk}/holders"
    assert api.get(holders).status_code == 403
    staff = Api(make.key(make.user("staff", is_staff=True), scopes=["labels:read", "admin"]))
    assert names(staff.get(holders)) == ["waddlebot/friend"]


def test_things_have_labels_and_a_history_too(api: Api, rookery: Community, alice: User) -> None:
    good = Label.objects.create(community=rookery, name="good", kind="module")
    give(good, "so", hours(0))

    (held,) = api.get("/labels/v1/objects/module/so/labels").json()["results"]

    assert held["holder"] == {"kind": "module", "id": "so", "name": ""}
    assert names(api.get("/labels/v1/objects/module/so/history")) == ["good"]
    assert names(api.get("/labels/v1/objects/community/rookery/labels")) == []


@pytest.mark.parametrize(
    "path",
    [
        "objects/planet/x/labels",
        "objects/user/u_nobody/labels",
        "objects/user/u_nobody/history",
        "objects/module/Not a slug/labels",
        "objects/community/elsewhere/labels",
        "objects/entity_group/99999999999999999999/labels",
        "labels/1/holders",
    ],
)
def test_what_is_not_there_is_not_found(path: str, api: Api, alice: User) -> None:
    make.community(owner=alice, slug="elsewhere")

    assert api.get(f"/labels/v1/{path}").status_code == 404


@pytest.mark.parametrize("moment", ["yesterday", "2026-03-03", "2026-03-03T12:00:00", "1"])
def test_a_moment_that_is_none_is_refused(moment: str, api: Api, bob: User) -> None:
    answer = api.get(f"{labels_of(bob)}?at={moment}")

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "#/at")


def test_a_moment_may_come_in_any_offset(api: Api, mod: Label, bob: User) -> None:
    give(mod, bob.pk, hours(0))

    held = [names(api.get(f"{labels_of(bob)}?at=2026-03-03T{t}")) for t in (
        "12:59:59+01:00", "13:00:00+01:00", "13:00:00%2B01:00",
    )]  # fmt: skip

    assert held == [[], ["mod"], ["mod"]]


def test_another_community_sees_nothing(
    rookery: Community, mod: Label, bob: User, alice: User
) -> None:
    give(mod, bob.pk, hours(0))
    stranger = make.member(make.community(owner=make.user()), make.user(), Role.OWNER)
    api = Api(make.key(stranger))

    assert api.get(f"{labels_of(bob)}?community=rookery").status_code == 404
    assert api.get(f"{history_of(bob)}?community=rookery").status_code == 404
    assert api.get(f"/labels/v1/labels/{mod.pk}/holders").status_code == 404
