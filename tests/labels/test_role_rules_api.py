"""Role rules over REST."""

from typing import Any

import pytest

from core_router.models import Entity
from identity.data import Role
from identity.models import AuditEvent, Community, User
from labels import api as labels
from labels.models import Label, RoleRule
from labels.operations.announcing import forget_community
from tests import make
from tests.client import Api
from tests.labels.roles import GROUPS, GUILD, ROLE, Stage

VIP = {"label": "vip", "platform": "discord", "server_id": GUILD, "role": ROLE}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_rule_is_made_read_changed_and_removed(stage: Stage, api: Api) -> None:
    made = api.post(stage.rules, VIP)
    assert made.status_code == 201
    one = f"{stage.rules}/{made.json()['id']}"
    assert made.json() == api.get(one).json()
    assert api.get(stage.rules).json()["results"] == [made.json()]
    assert made.json()["label"]["name"] == "vip"
    assert made.json()["group"] == {"id": stage.group.pk, "name": "penguins"}

    labels.give(community_id=stage.place.pk, user_id=make.user().pk, name="gold")
    changed = api.patch(one, {"label": "gold", "enabled": False}).json()
    assert (changed["label"]["name"], changed["enabled"]) == ("gold", False)

    assert api.delete(one).status_code == 204
    stage.sync()
    assert api.get(one).status_code == 404
    assert not RoleRule.objects.exists()


def test_the_same_again_is_a_conflict_until_the_first_is_gone(stage: Stage, api: Api) -> None:
    first = api.post(stage.rules, VIP).json()
    assert code(api.post(stage.rules, VIP)) == (409, "role_rule_exists")

    api.delete(f"{stage.rules}/{first['id']}")

    assert api.post(stage.rules, VIP).status_code == 201


def test_sent_twice_with_a_key_it_is_one(stage: Stage, api: Api) -> None:
    answers = [api.post(stage.rules, VIP, headers={"Idempotency-Key": "k"}) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert RoleRule.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"label": "nobody"}, "#/label"),
        ({"label": 2**70}, ""),
        ({"label": None}, "#/label"),
        ({"label": "v\ud800"}, ""),
        ({"platform": "youtube"}, "#/platform"),
        ({"platform": {}}, "#/platform"),
        ({"server_id": "../.."}, "#/server_id"),
        ({"server_id": 200000000000000001}, "#/server_id"),
        ({"role": "vip"}, "#/role"),
        ({"role": "3" * 101}, "#/role"),
        ({"role": "300000000000000001\n"}, "#/role"),
        ({"platform": "twitch", "server_id": "rookery", "role": "owner"}, "#/role"),
        ({"enabled": "yes"}, "#/enabled"),
        ({"colour": "red"}, "#/colour"),
    ],
)
@pytest.mark.parametrize("path", ["", "/preview"])
def test_bad_input_is_told(
    stage: Stage, api: Api, changes: dict[str, Any], pointer: str, path: str
) -> None:
    answer = api.post(f"{stage.rules}{path}", VIP | changes)

    assert answer.status_code == 400, answer.content
    assert not pointer or [flaw["pointer"] for flaw in answer.json()["errors"]] == [pointer]
    assert not RoleRule.objects.exists()


def test_another_role_is_another_rule(stage: Stage, api: Api) -> None:
    rule = stage.rule()

    for name in ("role", "server_id", "platform"):
        answer = api.patch(f"{stage.rules}/{rule.pk}", {name: VIP[name]})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, f"#/{name}")


def test_labels_of_modules_and_of_others_are_none(stage: Stage, api: Api, alice: User) -> None:
    other = make.community(owner=alice)
    theirs = Label.objects.create(community=other, name="theirs")
    module = Label.objects.create(community=stage.place, name="good", kind="module")
    system = Label.objects.create(name="waddlebot/partner", is_system=True)

    for label in (theirs, module, system):
        assert code(api.post(stage.rules, VIP | {"label": label.pk})) == (400, "invalid")


def test_a_server_must_be_proven_to_be_ones_own(stage: Stage, api: Api, alice: User) -> None:
    Entity.objects.update(is_proven=False)
    assert code(api.post(stage.rules, VIP)) == (409, "place_not_proven")

    Entity.objects.update(is_proven=True, community=make.community(owner=alice))
    assert code(api.post(stage.rules, VIP)) == (409, "place_not_proven")

    Entity.objects.all().delete()
    assert code(api.post(stage.rules, VIP)) == (409, "place_not_proven")


def test_a_channel_proves_its_server_where_nobody_else_has(
    stage: Stage, api: Api, alice: User
) -> None:
    Entity.objects.all().delete()
    make.entity(stage.place, "discord", GUILD, channel_id="1")
    assert api.post(f"{stage.rules}/preview", VIP).status_code == 200

    make.entity(make.community(owner=alice), "discord", GUILD, channel_id="2")
    assert code(api.post(stage.rules, VIP)) == (409, "place_not_proven")


def test_a_preview_tells_and_does_nothing(stage: Stage, api: Api) -> None:
    stage.join("bob")
    stage.join("carol", label="")
    owl = User.objects.get(username="owl")
    make.member(stage.place, owl)
    stage.people["owl"] = owl
    stage.group.groupmember_set.create(user=owl)

    told = api.post(f"{stage.rules}/preview", VIP).json()

    counts = {name: told[name] for name in ("people", "without_account", "give", "take", "keep")}
    assert counts == {"people": 2, "without_account": 1, "give": 1, "take": 0, "keep": 0}
    assert [each["name"] for each in told["samples"]["give"]] == ["bob"]
    assert [each["name"] for each in told["samples"]["without_account"]] == ["owl"]
    assert not RoleRule.objects.exists()
    assert stage.server.asked == []


def test_grants_are_listed_by_state(stage: Stage, api: Api) -> None:
    stage.join("bob")
    rule = stage.rule()
    stage.sync()
    grants = f"{stage.rules}/{rule.pk}/grants"

    assert [each["user"]["name"] for each in api.get(f"{grants}?state=granted").json()["results"]]
    assert api.get(f"{grants}?state=revoked").json()["results"] == []
    assert api.get(f"{grants}?state=happy").status_code == 400
    assert api.get(f"{stage.rules}/{rule.pk}").json()["counts"]["granted"] == 1


def test_a_group_with_rules_stays(stage: Stage, api: Api) -> None:
    stage.rule()

    assert code(api.delete(f"{GROUPS}/{stage.group.pk}")) == (409, "group_in_use")


def test_members_neither_change_rules_nor_see_who_has_roles(stage: Stage) -> None:
    rule = stage.rule()
    for role in (Role.MEMBER, Role.MODERATOR):
        member = make.member(stage.place, make.user(), role)
        theirs = Api(make.key(member, place=stage.place))

        assert theirs.get(stage.rules).status_code == 200
        assert theirs.get(f"{stage.rules}/{rule.pk}/grants").status_code == 403
        assert theirs.post(stage.rules, VIP).status_code == 403
        assert theirs.post(f"{stage.rules}/preview", VIP).status_code == 403
        assert theirs.post(f"{stage.rules}/{rule.pk}/sync").status_code == 403
        assert theirs.patch(f"{stage.rules}/{rule.pk}", {"enabled": False}).status_code == 403
        assert theirs.delete(f"{stage.rules}/{rule.pk}").status_code == 403


def test_who_manages_labels_by_a_label_gives_no_roles_by_it(stage: Stage) -> None:
    manager = make.member(stage.place, make.user(), Role.MODERATOR)
    labels.give(community_id=stage.place.pk, user_id=manager.pk, name="librarian")
    Label.objects.filter(name="librarian").update(grants=["labels:manage", "labels:assign:*"])
    theirs = Api(make.key(manager, place=stage.place))
    assert code(theirs.post(stage.rules, VIP)) == (403, "forbidden")

    Label.objects.filter(name="librarian").update(
        grants=["labels:manage", "labels:assign:*", "roles:give:discord"]
    )
    forget_community(stage.place.pk)
    assert theirs.post(stage.rules, VIP).status_code == 201


def test_moderators_do_not_give_a_label_from_which_a_role_follows(stage: Stage) -> None:
    moderator = make.member(stage.place, make.user(), Role.MODERATOR)
    theirs = Api(make.key(moderator, place=stage.place))
    bob = make.member(stage.place, make.user("bob"))
    pin = {"label": "vip", "kind": "user", "object_id": bob.public_id}
    assert theirs.post("/labels/v1/assignments", pin).status_code == 201
    assert theirs.post("/labels/v1/assignments/remove", pin).status_code == 200

    stage.rule()

    assert theirs.post("/labels/v1/assignments", pin).status_code == 403


def test_another_communitys_rules_are_not_there(stage: Stage, alice: User) -> None:
    rule = stage.rule()
    other = make.community(owner=make.user("eve"))
    theirs = Api(make.key(User.objects.get(username="eve"), place=other))

    for method, path in (
        ("GET", ""), ("POST", ""), ("POST", "/preview"), ("GET", f"/{rule.pk}"),
        ("PATCH", f"/{rule.pk}"), ("DELETE", f"/{rule.pk}"), ("POST", f"/{rule.pk}/sync"),
        ("GET", f"/{rule.pk}/grants"),
    ):  # fmt: skip
        body = VIP if method in {"POST", "PATCH"} else None
        assert theirs.send(method, f"{stage.rules}{path}", body).status_code == 404, path


def test_a_rule_of_another_group_is_not_there(stage: Stage, api: Api) -> None:
    rule = stage.rule()
    other = api.post(GROUPS, {"name": "others"}).json()

    for each in (f"{rule.pk}", "0", str(2**70)):
        assert api.get(f"{GROUPS}/{other['id']}/role-rules/{each}").status_code == 404


def test_every_change_is_on_the_record(stage: Stage, api: Api, rookery: Community) -> None:
    rule = stage.rule()
    api.patch(f"{stage.rules}/{rule.pk}", {"enabled": False})
    api.post(f"{stage.rules}/{rule.pk}/sync")
    api.delete(f"{stage.rules}/{rule.pk}")

    events = AuditEvent.objects.filter(target=f"role_rule:{rule.pk}").order_by("id")
    told = [(each.action, each.details["before"], each.details["after"]) for each in events]
    assert [action for action, *_ in told] == [
        "role_rule.added", "role_rule.changed", "role_rule.synced", "role_rule.removed",
    ]  # fmt: skip
    assert told[1][1]["enabled"] is True
    assert told[1][2]["enabled"] is False
    assert {each.community_id for each in events} == {rookery.pk}


def test_there_are_not_more_rules_than_a_worker_can_look_at(
    stage: Stage, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labels.operations.roles.rules.MOST_RULES", 1)
    stage.rule()

    answer = api.post(stage.rules, VIP | {"role": "300000000000000002"})

    assert code(answer) == (409, "too_many_role_rules")
