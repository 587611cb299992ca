"""Nobody makes a label worth more than they are themselves, however they go about it."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from identity.data import Role, Scope
from identity.models import AuditEvent, Community, User
from labels import api as labels
from labels import registry
from labels.models import Label
from labels.operations.labels import change_label
from tests import make
from tests.client import Api
from waddlebot.lib.cache import ear, forget_everything

LABELS = "/labels/v1/labels"
Managing = Callable[..., Api]


@pytest.fixture
def managing(api: Api, rookery: Community) -> Managing:
    """Return a function that makes somebody who manages labels by a label alone."""

    def make_manager(*grants: str, role: Role = Role.MODERATOR, **lasting: Any) -> Api:
        granted: dict[str, Any] = {"labels:manage": {}} | dict.fromkeys(grants, lasting)
        bob = make.member(rookery, make.user("bob"), role)
        for number, (grant, until) in enumerate(granted.items()):
            name = f"power-{number}"
            body = {"name": name, "kind": "user", "grants": [grant]}
            assert api.post(LABELS, body).status_code == 201
            labels.give(community_id=rookery.pk, user_id=bob.pk, name=name, **until)
        return Api(make.key(bob, place=rookery))

    return make_manager


def made(api: Api, name: str, **rest: Any) -> str:
    """Return the address of a new label."""
    answer = api.post(LABELS, {"name": name, "kind": "user"} | rest)
    assert answer.status_code == 201, answer.content
    return f"{LABELS}/{answer.json()['id']}"


def code(answer: Any) -> str:
    return "" if answer.status_code < 400 else str(answer.json()["code"])


@pytest.mark.parametrize("role", [Role.MEMBER, Role.MODERATOR])
def test_who_manages_no_labels_changes_none(api: Api, rookery: Community, role: Role) -> None:
    path = made(api, "vip")
    bob = Api(make.key(make.member(rookery, make.user("bob"), role), place=rookery))

    answers = [
        bob.post(LABELS, {"name": "mine", "kind": "user"}),
        bob.patch(path, {"description": "x"}),
        bob.delete(path),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert bob.get(path).status_code == bob.get(LABELS).status_code == 200


@pytest.mark.parametrize(
    "grant", ["commands:mod", "commands:*", "labels:*", "labels:assign:*", "labels:assign:vip"]
)
def test_who_manages_by_a_label_grants_only_what_they_may(managing: Managing, grant: str) -> None:
    bob = managing("commands:so")
    assert code(bob.post(LABELS, {"name": "a", "kind": "user", "grants": ["commands:so"]})) == ""
    path = made(bob, "plain")

    answers = [
        bob.post(LABELS, {"name": "b", "kind": "user", "grants": [grant]}),
        bob.patch(path, {"grants": ["commands:so", grant]}),
    ]

    assert [code(answer) for answer in answers] == ["beyond_reach"] * 2
    assert not Label.objects.filter(name="b").exists()


def test_a_star_that_they_have_covers_what_is_below_it(managing: Managing) -> None:
    bob = managing("commands:*")

    for name, grant in (("one", "commands:mod"), ("all", "commands:*")):
        assert code(bob.post(LABELS, {"name": name, "kind": "user", "grants": [grant]})) == ""


def test_what_they_have_for_a_time_they_make_no_lasting_label_of(managing: Managing) -> None:
    bob = managing("commands:mod", valid_until=timezone.now() + timedelta(days=1))

    answer = bob.post(LABELS, {"name": "b", "kind": "user", "grants": ["commands:mod"]})

    assert code(answer) == "beyond_reach"


def test_a_mightier_label_is_not_theirs_to_touch(api: Api, managing: Managing) -> None:
    mighty = made(api, "head/mod", grants=["commands:mod"])
    bob = managing("labels:assign:vip")

    answers = [
        bob.patch(mighty, {"name": "vip"}),
        bob.patch(mighty, {"grants": []}),
        bob.patch(mighty, {"description": "x"}),
        bob.delete(f"{mighty}?confirm=head/mod"),
        bob.post(LABELS, {"name": "vip", "kind": "user", "parents": ["head/mod"]}),
        bob.patch(made(bob, "plain"), {"parents": ["head/mod"]}),
    ]

    assert [code(answer) for answer in answers] == ["beyond_reach"] * 6
    assert api.get(mighty).json()["name"] == "head/mod"


def test_a_label_that_would_take_a_mightier_one_is_beyond_them(
    api: Api, managing: Managing
) -> None:
    made(api, "head/mod", grants=["commands:mod"], exclusive=True)
    bob = managing()

    answer = bob.patch(made(bob, "head/fan"), {"exclusive": True})

    assert code(answer) == "beyond_reach"


def test_a_member_lets_nobody_hold_what_they_may_not_give(api: Api, managing: Managing) -> None:
    made(api, "vip")
    asking = {"name": "hug", "response": "!", "requires": {"any_label": ["star"]}}
    api.post("/router/v1/communities/rookery/commands", asking)
    bob = managing(role=Role.MEMBER)
    path = made(bob, "fan")

    assert code(bob.patch(path, {"parents": ["vip"]})) == "beyond_reach"
    assert code(bob.patch(path, {"name": "star"})) == "beyond_reach"


@pytest.mark.parametrize("condition", ['{"label": "fan"}', '{"not": {"label": "fan"}}'])
def test_nobody_is_lifted_by_a_rule_that_asks_for_a_plain_label(
    api: Api, rookery: Community, condition: str
) -> None:
    for name, grants in (("fan", []), ("plain", []), ("boss", ["commands:*"])):
        made(api, name, grants=grants)
    bob = make.member(rookery, make.user("bob"), Role.MODERATOR)
    give = {"label": "fan", "kind": "user", "object_id": bob.public_id}
    assignments = f"{LABELS.removesuffix('labels')}assignments"
    rule = {"conditions": {"all": [json.loads(condition)]}, "enabled": False}

    answers = []
    for label in ("plain", "boss"):
        made_rule = api.post("/labels/v1/rules", rule | {"name": label, "label": label})
        assert made_rule.status_code == 201, made_rule.content
        answers.append(Api(make.key(bob, place=rookery)).post(assignments, give))

    assert [code(answer) for answer in answers] == ["", "forbidden"]


def test_nobody_is_lifted_by_the_change_that_they_ask_for(
    api: Api, managing: Managing, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = managing()
    own = f"{LABELS}/{Label.objects.get(name='power-0').pk}"
    monkeypatch.setattr(ear, "ttl", lambda _: 0.0)  # As when all is forgotten just now.

    answer = bob.patch(own, {"grants": ["labels:manage", "labels:assign:*", "commands:*"]})

    assert code(answer) == "beyond_reach"
    assert api.get(own).json()["grants"] == ["labels:manage"]
    refused = AuditEvent.objects.get(category="authorization")
    assert refused.details["reason"] == "beyond_reach"


def test_nobody_is_lifted_by_the_group_that_they_nest(
    api: Api, managing: Managing, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob, groups = managing(), "/labels/v1/entity-groups"
    made(api, "all", kind="entity_group", grants=["labels:assign:*"])
    one, above = (api.post(groups, {"name": name}).json()["id"] for name in ("one", "above"))
    pin = {"label": "all", "kind": "entity_group", "object_id": "above"}
    assert api.post("/labels/v1/assignments", pin).status_code == 201
    member = {"user": User.objects.get(username="bob").public_id}
    assert api.post(f"{groups}/{one}/members", member).status_code == 201
    monkeypatch.setattr(ear, "ttl", lambda _: 0.0)

    answer = bob.patch(f"{groups}/{one}", {"parents": [above]})

    assert code(answer) == "beyond_reach"


def test_what_is_refused_leaves_nothing_in_memory(
    managing: Managing, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob, user_id = managing(), User.objects.get(username="bob").pk
    own = f"{LABELS}/{Label.objects.get(name='power-0').pk}"
    look = partial(labels.check, community_id=rookery.pk, user_id=user_id, now=timezone.now())

    def change_and_look(**asked: Any) -> Any:
        changed = change_label(**asked)
        forget_everything()
        look(permission="x:y")
        return changed

    monkeypatch.setattr("labels.views.labels.change_label", change_and_look)
    assert code(bob.patch(own, {"grants": ["x:*"]})) == "beyond_reach"

    assert not look(permission="x:y").allowed


def test_a_moderator_may_let_labels_imply_what_they_may_give(api: Api, managing: Managing) -> None:
    made(api, "vip")
    bob = managing()

    assert code(bob.patch(made(bob, "fan"), {"parents": ["vip"]})) == ""


def test_an_admin_by_role_grants_what_admins_may(api: Api, rookery: Community) -> None:
    bob = make.member(rookery, make.user("bob"), Role.ADMIN)

    path = made(Api(make.key(bob, place=rookery)), "all", grants=["labels:*", "commands:*", "x:y"])

    assert api.get(path).json()["grants"] == ["commands:*", "labels:*", "x:y"]


def test_what_is_for_owners_an_admin_grants_to_nobody(
    api: Api, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_permissions", dict(registry._permissions))
    monkeypatch.setattr(registry, "_named", dict(registry._named))
    labels.register_permission("vault:open", "Open it.", min_role=Role.OWNER)
    admin = Api(make.key(make.member(rookery, make.user("bob"), Role.ADMIN), place=rookery))

    for grant in ("vault:open", "vault:*"):
        body = {"name": "key", "kind": "user", "grants": [grant]}
        assert code(admin.post(LABELS, body)) == "beyond_reach"
    assert made(api, "key", grants=["vault:open", "vault:*"])


def test_only_staff_make_labels_of_the_system(api: Api, alice: User, rookery: Community) -> None:
    staff = Api(make.key(make.user("staff", is_staff=True), scopes=list(Scope)))
    star = {"name": "waddlebot/star", "kind": "user", "is_system": True}
    assert api.post(LABELS, star).status_code == 403

    label = staff.post(LABELS, star).json()

    assert (label["community"], label["is_system"]) == (None, True)
    path = f"{LABELS}/{label['id']}"
    assert api.get(path).json()["name"] == "waddlebot/star"
    assert [api.patch(path, {"color": "#000000"}).status_code, api.delete(path).status_code] == [
        403,
        403,
    ]
    assert api.get(f"{path}/impact").status_code == 403
    assert staff.get(f"{path}/impact").status_code == 200
    assert staff.patch(path, {"color": "#000000"}).json()["color"] == "#000000"
    assert staff.post(LABELS, star | {"name": "star"}).status_code == 400
    assert staff.post(LABELS, star | {"community": "rookery"}).status_code == 400
    assert staff.delete(path).status_code == 204


def test_a_label_of_another_community_is_not_there(api: Api, alice: User) -> None:
    stranger = make.user("stranger")
    elsewhere = make.community(owner=stranger)
    path = made(Api(make.key(stranger, place=elsewhere)), "theirs")

    answers = [
        api.get(path),
        api.get(f"{path}/impact"),
        api.patch(path, {"color": "#000000"}),
        api.delete(path),
        api.get(f"{LABELS}?community={elsewhere.slug}"),
        api.post(LABELS, {"name": "x", "kind": "user", "community": elsewhere.pk}),
    ]

    unknown = api.get(f"{LABELS}/{2**62}").json()
    assert [answer.json() for answer in answers] == [unknown] * 6
