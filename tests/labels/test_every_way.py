"""What holds for every operation of labels, also for those that come tomorrow."""

import re
from typing import Any

import pytest

from identity.data import Role, Scope
from identity.models import AuditEvent, Community
from tests import make
from tests.client import Api
from tests.labels.ways import V1, WAYS, filled_in, shape_of, words_in
from tests.labels.world import NOWHERE, World, world
from tests.routes import operations

# No platform is asked in earnest.
pytestmark = pytest.mark.usefixtures("discord")

RECORDED = [way for way in WAYS if WAYS[way].recorded]
BELOW = [
    (way, role)
    for way in WAYS
    for role in (Role.MEMBER, Role.MODERATOR)
    if role < (WAYS[way].least or Role.OWNER)
]
IDS = [
    (way, word)
    for way in WAYS
    for word in sorted(words_in((way, WAYS[way].body)) - {"PLACE", "KIND"})
]


def go(way: str, caller: Api, words: World) -> Any:
    method, path = filled_in(way, words).split()
    body = filled_in(WAYS[way].body, words)
    if isinstance(body, str):
        return caller.send(method, path, body.encode(), headers={"Content-Type": "text/csv"})
    return caller.send(method, path, body)


def who_may(place: Community, way: str) -> Api:
    """Return who has just the role for it."""
    role = WAYS[way].least
    if role is None:
        return Api(make.key(make.user(is_staff=True), scopes=list(Scope)))
    return Api(make.key(make.member(place, make.user(), role), place=place))


def test_every_operation_has_its_way() -> None:
    ways = {" ".join((way.split()[0], shape_of(way.split()[1]))) for way in WAYS}
    there = {
        f"{each.method} {shape_of(each.path)}"
        for each in operations()
        if each.path.startswith(f"{V1}/")
    }

    assert sorted(there - ways) == [], "Add these to WAYS in tests/labels/ways.py."
    assert sorted(ways - there) == [], "These are no more: take them out of WAYS."


@pytest.mark.parametrize("way", WAYS)
def test_it_works_for_who_has_the_role(way: str, rookery: Community) -> None:
    answer = go(way, who_may(rookery, way), world(rookery))

    assert answer.status_code in {200, 201, 202, 204}, answer.content


@pytest.mark.parametrize("way", RECORDED)
def test_a_change_is_recorded_before_and_after(way: str, rookery: Community) -> None:
    words, caller = world(rookery), who_may(rookery, way)
    last = AuditEvent.objects.latest("id").pk

    go(way, caller, words)

    event = AuditEvent.objects.filter(id__gt=last).latest("id")
    assert (event.category, event.community_id) == ("audit", rookery.pk)
    assert event.actor == f"key:{str(caller.key)[3:15]}"
    assert event.details["before"] != event.details["after"]


@pytest.mark.parametrize(("way", "role"), BELOW)
def test_who_has_a_lower_role_may_not(way: str, role: Role, rookery: Community) -> None:
    words = world(rookery)
    someone = Api(make.key(make.member(rookery, make.user(), role), place=rookery))

    assert go(way, someone, words).status_code == 403
    refused = AuditEvent.objects.get(category="authorization")
    assert (refused.outcome, refused.community_id) == ("refused", rookery.pk)


@pytest.mark.parametrize("way", [way for way in WAYS if words_in((way, WAYS[way].body))])
def test_the_owner_of_another_community_finds_nothing(way: str, rookery: Community) -> None:
    words, stranger = world(rookery), make.user("stranger")
    elsewhere = make.community(owner=stranger)
    nothing = Api(make.key(make.user())).get(f"{V1}/labels/{NOWHERE['LABEL']}")

    for key in (make.key(stranger, place=elsewhere), make.key(stranger)):
        answer = go(way, Api(key), words)
        if WAYS[way].least is None:  # Not even the community counts.
            assert answer.status_code in {403, 404}
        else:
            assert (answer.status_code, answer.json()) == (404, nothing.json())


@pytest.mark.parametrize(("way", "word"), IDS)
def test_an_id_of_another_community_is_unknown(way: str, word: str, rookery: Community) -> None:
    stranger = make.user("stranger")
    elsewhere = make.community(owner=stranger)
    theirs, own = world(rookery), world(elsewhere)
    caller = Api(make.key(stranger, place=elsewhere))

    of_another = go(way, caller, own | {word: theirs[word]})
    unknown = go(way, caller, own | {word: NOWHERE[word]})

    assert of_another.status_code == unknown.status_code >= 400
    assert told(of_another, theirs[word]) == told(unknown, NOWHERE[word])


def told(answer: Any, named: object) -> str:
    """Return what is answered, without what was named."""
    return re.sub(rf"\b{named}\b", "…", answer.content.decode())
