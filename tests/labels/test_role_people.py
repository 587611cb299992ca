"""Whom a role rule concerns, and what becomes of roles when people become others."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from identity.models import Community, IdentityLink, User
from identity.operations.erasing import erase_due, request_erasure
from identity.operations.merging import absorb_staged
from labels.data import Giver, Kind, Pin
from labels.models import EntityGroup, GroupEntity, GroupLink, GroupMember, Label, RoleGrant
from labels.operations.assigning import assign
from labels.queries.check import names_of
from labels.queries.role_people import people_of
from tests import make
from tests.labels.roles import GUILD, Stage
from tests.platforms.servers import says

State = RoleGrant.State


def nested(stage: Stage, name: str, inside: EntityGroup) -> EntityGroup:
    group = EntityGroup.objects.create(community=stage.place, name=name)
    GroupLink.objects.create(group=group, parent=inside)
    return group


def pin(label: Label, group: EntityGroup) -> None:
    assign(
        community_id=label.community_id,
        kind=Kind.ENTITY_GROUP,
        pins=[Pin(label.pk, str(group.pk))],
        giver=Giver("system"),
        now=timezone.now(),
    )


def move(stage: Stage, name: str, group: EntityGroup) -> None:
    GroupMember.objects.filter(user=stage.people[name]).update(group=group)


def test_who_is_in_a_group_of_the_group_is_meant_too(stage: Stage) -> None:
    stage.join("bob")
    move(stage, "bob", nested(stage, "inner", nested(stage, "outer", stage.group)))
    stage.join("carol")
    move(stage, "carol", EntityGroup.objects.create(community=stage.place, name="elsewhere"))
    stage.rule()

    stage.sync()

    assert stage.holders() == {"bob"}


def test_who_holds_a_child_of_the_label_is_meant_too(stage: Stage) -> None:
    stage.join("bob", label="gold")
    gold = Label.objects.get(name="gold")
    stage.api.patch(f"/labels/v1/labels/{gold.pk}", {"parents": ["vip"]})
    stage.rule()
    stage.sync()
    assert stage.holders() == {"bob"}

    stage.api.patch(f"/labels/v1/labels/{gold.pk}", {"parents": []})
    stage.sync()

    assert stage.holders() == set()


def test_what_a_group_lends_counts_where_it_counts(stage: Stage) -> None:
    stage.join("bob", label="")
    crew = Label.objects.create(community=stage.place, name="crew", kind="entity_group")
    pin(crew, stage.group)
    rule = stage.rule(label="crew")
    stage.sync()
    assert stage.holders() == {"bob"}

    named = GroupEntity.objects.create(group=stage.group, entity="twitch+rookery")
    assert people_of(rule, now=timezone.now()) == []

    named.entity = f"discord+{GUILD}"
    named.save()
    assert people_of(rule, now=timezone.now()) == [stage.people["bob"].pk]


def test_a_label_that_begins_later_gives_the_role_then(stage: Stage) -> None:
    now = timezone.now()
    stage.join("bob", label="")
    vip = Label.objects.get(name="vip")
    assign(
        community_id=stage.place.pk,
        kind=Kind.USER,
        pins=[Pin(vip.pk, stage.people["bob"].pk, valid_from=now + timedelta(minutes=5))],
        giver=Giver("system"),
        now=now,
    )
    rule = stage.rule()
    stage.sync()
    assert stage.holders() == set()

    rule.refresh_from_db()
    assert rule.due_at == now + timedelta(minutes=5)
    stage.sync(now + timedelta(minutes=5))

    assert stage.holders() == {"bob"}


def test_a_label_that_is_removed_takes_its_roles_along(stage: Stage) -> None:
    stage.join("bob")
    stage.rule()
    stage.sync()

    vip = Label.objects.get(name="vip")
    removed = stage.api.delete(f"/labels/v1/labels/{vip.pk}?confirm=vip")
    assert removed.status_code == 204
    stage.sync()

    assert stage.holders() == set()


@pytest.mark.parametrize("seed", range(3))
def test_it_agrees_with_what_everybody_is_told_they_hold(stage: Stage, seed: int) -> None:
    dice, now = random.Random(seed), timezone.now()  # noqa: S311 - no secret hangs on it
    rule = stage.rule()
    groups = [stage.group, *(nested(stage, f"g{each}", stage.group) for each in range(3))]
    for child in (1, 2, 3):
        if dice.random() < 0.5:
            GroupLink.objects.get_or_create(group=groups[child], parent=groups[child - 1])
    kinds = {Kind.USER: ["vip", "a", "b"], Kind.ENTITY_GROUP: ["lent"]}
    for name in kinds[Kind.USER][1:]:
        stage.api.post("/labels/v1/labels", {"name": name, "parents": dice.sample(["vip"], 1)})
    vip = Label.objects.get(name="vip")
    for number in range(12):
        person = make.member(stage.place, make.user(f"p{seed}-{number}"))
        GroupMember.objects.create(group=dice.choice(groups), user=person)
        label = Label.objects.get(name=dice.choice(["vip", "a", "b"]))
        bounds = dice.choice([(None, None), (now + timedelta(hours=1), None)])
        if dice.random() < 0.6:
            assign(
                community_id=stage.place.pk,
                kind=Kind.USER,
                pins=[Pin(label.pk, person.pk, *bounds)],
                giver=Giver("system"),
                now=now,
            )

    told = [
        user_id
        for user_id in GroupMember.objects.order_by("user").values_list("user", flat=True)
        if vip.name in names_of(community_id=stage.place.pk, user_id=user_id, now=now)
    ]

    assert people_of(rule, now=now) == told


def test_who_is_absorbed_brings_their_role_along(stage: Stage, rookery: Community) -> None:
    dave = stage.join("dave")
    User.objects.filter(pk=dave.pk).update(is_staged=True)
    IdentityLink.objects.filter(user=dave).update(verified_at=None)
    stage.rule()
    stage.sync()

    bob = make.member(rookery, make.user("bob"))
    make.link(bob, "discord", stage.account("dave"))
    stage.sync()

    assert stage.holders() == {"dave"}
    assert RoleGrant.objects.get().user == bob
    stage.people["dave"] = bob
    stage.take("dave")
    stage.sync()
    assert RoleGrant.objects.get().state == State.REVOKED


def test_who_has_two_accounts_after_a_merge_keeps_one_role(stage: Stage) -> None:
    bob, dave = stage.join("bob"), stage.join("dave")
    User.objects.filter(pk=dave.pk).update(is_staged=True)
    stage.rule()
    stage.sync()
    assert stage.holders() == {"bob", "dave"}

    absorb_staged(survivor_id=bob.pk, absorbed_id=dave.pk, actor="system", now=timezone.now())
    stage.sync()

    assert stage.holders() == {"bob"}


def erase(person: User) -> None:
    request_erasure(user_id=person.pk, actor="system", now=timezone.now())
    erase_due(now=timezone.now() + timedelta(days=31))


def test_who_is_erased_loses_what_we_gave_and_leaves_nothing(stage: Stage) -> None:
    bob = stage.join("bob")
    stage.rule()
    stage.sync()
    account = stage.account("bob")

    erase(bob)
    [left] = RoleGrant.objects.all()
    assert (left.user, left.state) == (None, State.TO_REVOKE)
    assert account not in f"{left.platform_user_id} {left.detail}"
    stage.sync(timezone.now() + timedelta(days=31))

    assert stage.holders() == set()
    assert not RoleGrant.objects.exists()


def test_what_the_platform_refuses_about_the_erased_is_forgotten(stage: Stage) -> None:
    bob = stage.join("bob")
    stage.rule()
    stage.sync()

    erase(bob)
    stage.server.trouble = says(503)
    stage.sync(timezone.now() + timedelta(days=31))
    assert RoleGrant.objects.count() == 1
    stage.server.trouble = says(403, {"code": 50013, "message": "Missing Permissions"})
    stage.sync(timezone.now() + timedelta(days=32))

    assert not RoleGrant.objects.exists()


def test_what_the_erased_had_before_stays_theirs(stage: Stage) -> None:
    bob = stage.join("bob")
    stage.server.members[stage.account("bob")].add("300000000000000001")
    stage.rule()
    stage.sync()

    erase(bob)

    assert not RoleGrant.objects.exists()
    assert stage.holders() == {"bob"}
