"""`POST /labels/v1/check`, through both of its doors."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from identity import api as identity
from identity.models import Community, User
from identity.operations.merging import absorb_staged
from tests import make
from tests.core_router.conftest import Door, Said
from tests.labels.cast import hold, label
from waddlebot.wsgi import with_fast_path

CHECK = "/labels/v1/check"
SUNDAY = datetime(2099, 11, 22, 18, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["fast path", "django"])
def door(request: pytest.FixtureRequest, alice: User, rookery: Community) -> Door:
    django = get_wsgi_application()
    key = make.key(alice, scopes=["labels:read"], place=rookery)
    return Door(with_fast_path(django) if request.param == "fast path" else django, key)


@pytest.fixture
def bob(rookery: Community) -> User:
    """Return somebody the rookery has seen in chat, and named in no other way."""
    person = identity.resolve(
        platform="twitch", platform_user_id="42", user_name="bob", seen_in=rookery.pk
    )
    assert person is not None
    return User.objects.get(pk=person.id)


def ask(door: Door, user: Any, **asked: Any) -> Any:
    about = {} if "requires" in asked else {"permission": "queue:skip"}
    said = door.post(CHECK, {"user": user, **about, **asked})
    assert said.status == 200, said.body
    return said.json()


def code(said: Said) -> tuple[int, str]:
    return said.status, said.json()["code"]


def pointers(said: Said) -> list[str]:
    assert said.status == 400, said.body
    return [error["pointer"] for error in said.json()["errors"]]


def test_a_decision_tells_its_way_and_its_reason(
    door: Door, rookery: Community, bob: User
) -> None:
    hold(label(rookery, "dj", "queue:*"), bob, until=SUNDAY)

    assert ask(door, bob.public_id) == {
        "allowed": True,
        "via": [
            {"kind": "label", "label": "dj", "until": "2099-11-22T18:00:00Z"},
            {"kind": "grant", "grant": "queue:*"},
        ],
        "reason": "They hold dj, which grants queue:*, until Sun 22 Nov 2099 18:00 UTC.",
    }


def test_a_refusal_tells_the_nearest_thing_that_would_allow(
    door: Door, rookery: Community, bob: User
) -> None:
    hold(label(rookery, "dj", "queue:*"), bob, since=SUNDAY)

    assert ask(door, bob.public_id) == {
        "allowed": False,
        "via": [],
        "reason": (
            "queue:skip needs the role admin or higher. "
            "They will hold dj, which grants it, from Sun 22 Nov 2099 18:00 UTC."
        ),
        "would_allow": {"kind": "label", "label": "dj", "from": "2099-11-22T18:00:00Z"},
    }


def test_people_go_by_public_id_or_account(door: Door, rookery: Community, bob: User) -> None:
    hold(label(rookery, "dj", "queue:*"), bob)
    account = {"platform": "twitch", "platform_user_id": "42"}

    for user in (bob.public_id, "twitch:42", account):
        assert ask(door, user)["allowed"]
    said = door.post(CHECK, {"permission": "queue:skip", "community": rookery.pk, **account})
    assert said.json()["allowed"]


def test_an_account_that_is_not_seen_yet_is_nobody_and_a_person_who_is_not_is_not_found(
    door: Door, rookery: Community, bob: User
) -> None:
    stranger = make.user("carol")
    make.link(stranger, "twitch", "77")
    hold(label(None, "waddlebot/star", "queue:*"), stranger)

    assert not ask(door, "twitch:77")["allowed"]
    assert ask(door, "twitch:78", requires={})["allowed"]
    answers = [
        door.post(CHECK, {"user": user, "permission": "queue:skip"})
        for user in (stranger.public_id, "u_nobody")
    ]
    assert [code(each) for each in answers] == [(404, "not_found")] * 2
    assert answers[0].body == answers[1].body


def test_whoever_comes_to_be_seen_is_known_at_once(door: Door, rookery: Community) -> None:
    assert not ask(door, "twitch:42", requires={"any_label": ["vip"]})["allowed"]

    seen = identity.resolve(
        platform="twitch", platform_user_id="42", user_name="bob", seen_in=rookery.pk
    )
    assert seen is not None
    hold(label(rookery, "vip"), User.objects.get(pk=seen.id))

    assert ask(door, "twitch:42", requires={"any_label": ["vip"]})["allowed"]


def test_whoever_was_merged_is_checked_as_their_survivor(
    door: Door, rookery: Community, alice: User, bob: User
) -> None:
    assert not ask(door, bob.public_id)["allowed"]

    absorb_staged(survivor_id=alice.pk, absorbed_id=bob.pk, actor="system", now=timezone.now())

    for user in (bob.public_id, "twitch:42"):
        assert ask(door, user)["via"] == [{"kind": "role", "role": "owner"}]


def test_oneself_is_called_you(door: Door, alice: User) -> None:
    assert ask(door, alice.public_id)["reason"].endswith("You are an owner.")


def test_what_is_required_may_be_asked_by_itself(
    door: Door, rookery: Community, bob: User
) -> None:
    asked = {"any_label": ["vip"], "min_role": "moderator", "platform_roles": ["subscriber"]}

    refused = ask(door, bob.public_id, requires=asked)

    assert refused["would_allow"] == {
        "kind": "all",
        "of": [
            {"kind": "role", "role": "moderator"},
            {"kind": "label", "label": "vip", "exists": False},
            {"kind": "platform_role", "role": "subscriber"},
        ],
    }
    hold(label(rookery, "vip"), bob)
    roles = ["moderator", "subscriber"]
    assert ask(door, bob.public_id, requires=asked, platform_roles=roles)["allowed"]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"user": "u_x"}, ["#/permission", "#/requires"]),
        ({"user": "u_x", "permission": "a:b", "requires": {}}, ["#/permission", "#/requires"]),
        ({"permission": "a:b"}, ["#/user"]),
        ({"permission": "a:b", "platform": "twitch"}, ["#/user"]),
        ({"user": "u_x", "platform": "twitch", "permission": "a:b"}, ["#/user"]),
        ({"user": 5, "permission": "a:b"}, ["#/user"]),
        ({"user": "", "permission": "a:b"}, ["#/user"]),
        ({"user": {"platform": "twitch"}, "permission": "a:b"}, ["#/user"]),
        ({"user": "u_x", "requires": {"min_role": "king"}}, ["#/requires/min_role"]),
        ({"user": "u_x", "requires": {"any_labels": ["vip"]}}, ["#/requires"]),
        ({"user": "u_x", "requires": {"any_label": "vip"}}, ["#/requires/any_label"]),
        ({"user": "u_x", "permission": "a:b", "entity": "x" * 233}, ["#/entity"]),
        ({"user": "u_x", "permission": "a:b", "more": 1}, ["#"]),
        ([], ["#"]),
    ],
)
def test_bad_input_is_pointed_at(door: Door, body: Any, wrong: list[str]) -> None:
    assert pointers(door.post(CHECK, body)) == wrong


@pytest.mark.parametrize("permission", ["", "queue", "queue:*", "a b:c", "QUEUE:skip", "a:b:c:d"])
def test_a_malformed_permission_is_refused(door: Door, alice: User, permission: str) -> None:
    said = door.post(CHECK, {"user": alice.public_id, "permission": permission})

    assert pointers(said) == ["#/permission"]


@pytest.mark.parametrize("body", [b"", b"{", b'{"user":"\\u0000"}', b"\xff", b"[" * 10_000])
def test_what_is_no_json_is_malformed(door: Door, body: bytes) -> None:
    assert door.post(CHECK, body).status == 400


def test_another_community_is_not_found(door: Door, bob: User) -> None:
    elsewhere = make.community(owner=make.user("carol"))

    for community in (elsewhere.pk, elsewhere.slug, 0, -1, "nowhere"):
        body = {"user": bob.public_id, "permission": "queue:skip", "community": community}
        assert code(door.post(CHECK, body)) == (404, "not_found")


def test_a_key_bound_to_nothing_names_the_community(
    door: Door, alice: User, rookery: Community
) -> None:
    unbound = make.key(alice, scopes=["labels:read"])
    body = {"user": alice.public_id, "permission": "queue:skip"}

    assert pointers(door.post(CHECK, body, key=unbound)) == ["#/community"]
    assert door.post(CHECK, {**body, "community": "rookery"}, key=unbound).status == 200


def test_a_request_is_counted_and_told_so(door: Door, alice: User, rookery: Community) -> None:
    key = make.key(alice, scopes=["labels:read"], place=rookery, requests_per_minute=1)
    body = {"user": alice.public_id, "permission": "queue:skip"}

    first, second = (door.post(CHECK, body, key=key) for _ in range(2))

    assert first.headers["RateLimit-Policy"] == '"key";q=1;w=60'
    assert (second.status, "Retry-After" in second.headers) == (429, True)


def test_it_is_answered_from_memory(
    door: Door, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ask(door, bob.public_id)
    ask(door, "twitch:42")

    with django_assert_num_queries(0):
        assert not ask(door, bob.public_id)["allowed"]
        assert not ask(door, "twitch:42")["allowed"]


def test_both_doors_answer_alike(alice: User, rookery: Community, bob: User) -> None:
    django = get_wsgi_application()
    key = make.key(alice, scopes=["labels:read"], place=rookery)
    bodies: list[Any] = [
        {"user": bob.public_id, "permission": "queue:skip"},
        {"user": "u_nobody", "permission": "queue:skip"},
        {"user": bob.public_id},
        [],
    ]
    for body in bodies:
        fast, slow = (Door(app, key).post(CHECK, body) for app in (with_fast_path(django), django))
        assert (fast.status, fast.body) == (slow.status, slow.body)
        unlike = {"X-Request-Id", "RateLimit", "Vary", "Allow"}
        told = [{n: v for n, v in s.headers.items() if n not in unlike} for s in (fast, slow)]
        assert told[0] == told[1]
