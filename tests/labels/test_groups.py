"""Entity groups: named channels and servers across platforms, in one another."""

from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from identity.api import enter
from identity.data import Role
from identity.models import AuditEvent, Community, User
from labels.data import Giver, Kind, Pin
from labels.models import EntityGroup, GroupLink, Label, ObjectLabel, RoleRule
from labels.operations.assigning import assign
from labels.operations.groups import add_group, change_group
from labels.operations.groups.wishes import GroupWish
from tests import make
from tests.client import Api
from tests.identity.parallel import at_once, refusals
from tests.labels.crossing import crossing
from waddlebot.lib import locks

GROUPS = "/labels/v1/entity-groups"
WEEKEND = {
    "name": "Weekend shows",
    "description": "Where we play on Saturdays.",
    "entities": ["twitch+rookery", "discord+123+456"],
}


def group(place: Community, name: str, *parents: str) -> EntityGroup:
    wish = GroupWish(name=name, parents=parents)
    return add_group(community_id=place.pk, wish=wish, actor="system", now=timezone.now())


def pin(label: Label, row: EntityGroup) -> None:
    assign(
        community_id=label.community_id,
        kind=Kind.ENTITY_GROUP,
        pins=[Pin(label.pk, str(row.pk))],
        giver=Giver("system"),
        now=timezone.now(),
    )


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_group_is_made_read_changed_and_removed(api: Api) -> None:
    made = api.post(GROUPS, WEEKEND)
    assert made.status_code == 201
    one = f"{GROUPS}/{made.json()['id']}"
    assert made.json() == api.get(one).json()
    assert made.json()["entities"] == ["discord+123+456", "twitch+rookery"]
    assert made.json()["members"] == 0

    changed = api.patch(one, {"name": "Weekends", "entities": []}).json()
    assert (changed["name"], changed["entities"]) == ("Weekends", [])
    assert changed["description"] == WEEKEND["description"]

    assert api.delete(one).status_code == 204
    assert api.get(one).status_code == 404


def test_groups_are_listed_with_what_they_are_in(api: Api, rookery: Community) -> None:
    group(rookery, "all")
    group(rookery, "streams", "all")

    listed = api.get(f"{GROUPS}?community=rookery").json()["results"]

    assert [(each["name"], each["parents"], each["groups"]) for each in listed] == [
        ("streams", ["all"], []),
        ("all", [], ["streams"]),
    ]


def test_a_list_costs_as_many_statements_however_many_groups(
    api: Api, rookery: Community, django_assert_num_queries: Any
) -> None:
    above = [f"above {number}" for number in range(10)]
    for name in above:
        group(rookery, name)
    group(rookery, "below", *above)
    api.get(GROUPS)

    with django_assert_num_queries(6):
        assert len(api.get(GROUPS).json()["results"]) == 11


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": ""}, "#/name"),
        ({"name": "x" * 51}, "#/name"),
        ({"name": "a/b"}, "#/name"),
        ({"name": "a,b"}, "#/name"),
        ({"name": "12"}, "#/name"),
        ({"name": " a"}, "#/name"),
        ({"name": "a\u202eb"}, "#/name"),
        ({"name": 5}, "#/name"),
        ({"description": "x" * 201}, "#/description"),
        ({"entities": ["twitch+rookery", "nowhere"]}, "#/entities/1"),
        ({"entities": ["twitch+a"] * 101}, "#/entities"),
        ({"entities": "twitch+rookery"}, "#/entities"),
        ({"parents": ["nobody"]}, "#/parents/0"),
        ({"parents": [-1]}, "#/parents/0"),
        ({"parents": [True]}, "#/parents/0"),
        ({"wobble": 1}, "#/wobble"),
    ],
)
def test_what_no_group_can_be_is_pointed_at(api: Api, wrong: Any, pointer: str) -> None:
    answer = api.post(GROUPS, WEEKEND | wrong)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)
    assert not EntityGroup.objects.exists()


def test_a_name_is_taken_once_in_a_community(api: Api, alice: User, rookery: Community) -> None:
    elsewhere = make.community(owner=alice)
    group(elsewhere, "Weekend shows")
    api.post(GROUPS, WEEKEND)
    other = group(rookery, "other")

    assert code(api.post(GROUPS, WEEKEND)) == (409, "group_exists")
    refused = api.patch(f"{GROUPS}/{other.pk}", {"name": "Weekend shows"})
    assert code(refused) == (409, "group_exists")
    assert api.patch(f"{GROUPS}/{other.pk}", {"name": "other"}).status_code == 200


def test_there_are_a_hundred_groups_at_most(
    api: Api, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labels.operations.groups.changing.MOST_GROUPS", 1)
    group(rookery, "one")

    assert code(api.post(GROUPS, WEEKEND)) == (409, "too_many_groups")


def test_circles_are_refused_and_shown(api: Api, rookery: Community) -> None:
    one = group(rookery, "one")
    group(rookery, "two", "one")
    group(rookery, "three", "two")

    longer = api.patch(f"{GROUPS}/{one.pk}", {"parents": ["three"]})
    itself = api.patch(f"{GROUPS}/{one.pk}", {"parents": [one.pk]})

    assert code(longer) == code(itself) == (400, "circular_groups")
    assert longer.json()["detail"] == "That is a circle: one → three → two → one."
    assert not one.parent_links.exists()


def test_groups_of_another_community_are_no_parents(api: Api, rookery: Community) -> None:
    elsewhere = make.community(owner=make.user("carol"))
    theirs = group(elsewhere, "theirs")

    for reference in ("theirs", theirs.pk):
        answer = api.post(GROUPS, WEEKEND | {"parents": [reference]})
        assert code(answer) == (400, "invalid_group")


@pytest.mark.parametrize("group_id", [0, 2**31, 2**80])
def test_what_is_no_group_is_not_found(api: Api, group_id: int) -> None:
    assert api.get(f"{GROUPS}/{group_id}").status_code == 404


def test_members_read_groups_and_admins_change_them(rookery: Community) -> None:
    row = group(rookery, "one")
    member, admin = (
        Api(make.key(make.member(rookery, make.user(), role), place=rookery))
        for role in (Role.MODERATOR, Role.ADMIN)
    )

    assert member.get(GROUPS).status_code == 200
    for refused in (
        member.post(GROUPS, WEEKEND),
        member.patch(f"{GROUPS}/{row.pk}", {"name": "two"}),
        member.delete(f"{GROUPS}/{row.pk}"),
    ):
        assert refused.status_code == 403
    assert admin.patch(f"{GROUPS}/{row.pk}", {"name": "two"}).status_code == 200


def test_what_is_removed_holds_no_label_any_more(
    api: Api, rookery: Community, alice: User
) -> None:
    row = group(rookery, "one")
    nested = group(rookery, "nested", "one")
    label = Label.objects.create(community=rookery, name="open", kind="entity_group")
    pin(label, row)

    assert api.delete(f"{GROUPS}/{row.pk}").status_code == 204

    assert ObjectLabel.objects.get().ended_because == "taken"
    assert EntityGroup.objects.get() == nested
    assert not GroupLink.objects.exists()


def test_a_group_that_lends_labels_of_the_system_is_for_staff(
    api: Api, rookery: Community
) -> None:
    one = f"{GROUPS}/{group(rookery, 'one').pk}"
    above = group(rookery, "above")
    api.patch(one, {"parents": ["above"]})
    label = Label.objects.create(name="waddlebot/tested", kind="entity_group", is_system=True)
    pin(label, above)

    for refused in (
        api.patch(one, {"parents": []}),
        api.patch(one, {"entities": ["twitch+rookery"]}),
        api.delete(f"{GROUPS}/{above.pk}"),
    ):
        assert code(refused) == (403, "beyond_reach")
    staff = Api(make.key(make.user(is_staff=True)))
    assert staff.patch(one, {"name": "two", "parents": []}).status_code == 200
    assert staff.delete(f"{GROUPS}/{above.pk}").status_code == 204


def test_a_group_that_gives_roles_is_not_removed(api: Api, rookery: Community) -> None:
    row = group(rookery, "one")
    label = Label.objects.create(community=rookery, name="vip")
    RoleRule.objects.create(group=row, label=label, platform="twitch", server_id="1", role="vip")

    assert code(api.delete(f"{GROUPS}/{row.pk}")) == (409, "group_in_use")


def test_each_change_is_on_the_record_before_and_after(api: Api, rookery: Community) -> None:
    one = f"{GROUPS}/{api.post(GROUPS, WEEKEND).json()['id']}"
    api.patch(one, {"description": ""})
    api.delete(one)

    events = AuditEvent.objects.filter(action__startswith="entity_group.").order_by("id")
    assert [event.action.partition(".")[2] for event in events] == ["added", "changed", "removed"]
    assert {event.community_id for event in events} == {rookery.pk}
    before, after = events[1].details["before"], events[1].details["after"]
    assert (before["description"], after["description"]) == (WEEKEND["description"], "")


def test_a_group_that_is_removed_meanwhile_is_not_there(
    api: Api, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = group(rookery, "shows")

    def remove_and_enter(*asked: Any) -> Any:
        EntityGroup.objects.all().delete()
        return enter(*asked)

    monkeypatch.setattr("labels.views.groups.enter", remove_and_enter)

    assert api.get(f"{GROUPS}/{row.pk}").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_change_that_lost_to_another_one_is_made_anew(api: Api, rookery: Community) -> None:
    row = group(rookery, "shows")

    answer = crossing(
        lambda: EntityGroup.objects.select_for_update().get(pk=row.pk),
        lambda: Api(api.key).patch(f"{GROUPS}/{row.pk}", {"entities": ["twitch+rookery"]}),
        lambda: locks.hold("labels", rookery.pk),
    )

    assert answer.status_code == 200, answer.content


@pytest.mark.django_db(transaction=True)
def test_of_two_who_close_a_circle_at_once_one_does() -> None:
    place = make.community(owner=make.user())
    pairs = [(group(place, f"one {each}"), group(place, f"two {each}")) for each in range(12)]
    nest = partial(change_group, actor="system", now=timezone.now())

    results = at_once(
        *[
            partial(nest, group_id=one.pk, changes={"parents": [two.pk]})
            for pair in pairs
            for one, two in (pair, pair[::-1])
        ]
    )

    assert refusals(results) == ["circular_groups"] * 12
    assert GroupLink.objects.count() == 12
