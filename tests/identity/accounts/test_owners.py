"""A community may ask its owners for a second factor."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from identity import api as identity
from identity.data import Role, Scope
from identity.models import AuditEvent, Community, User
from tests import make
from tests.client import Api
from waddlebot.lib.cache import announce

ROOKERY = "/identity/v1/communities/rookery"
KEYS = "/identity/v1/api-keys"
MEMBER = f"{ROOKERY}/members/{{}}"


@pytest.fixture
def strict(rookery: Community) -> Community:
    Community.objects.update(require_owner_mfa=True)
    announce("tenants")
    return rookery


def give_second_factor(user: User, kind: str = "totp") -> None:
    Authenticator.objects.create(user=user, type=kind, data={})
    announce("second_factors", str(user.pk))


def rule(api: Any, wanted: bool) -> Any:  # noqa: FBT001
    return api.patch(ROOKERY, {"require_owner_mfa": wanted})


def test_an_owner_with_a_second_factor_switches_it_on_and_off(api: Api, alice: User) -> None:
    give_second_factor(alice)

    assert rule(api, wanted=True).json()["require_owner_mfa"] is True
    assert rule(api, wanted=False).json()["require_owner_mfa"] is False

    changes = AuditEvent.objects.filter(action="community_changed").order_by("id")
    assert [change.details["after"]["require_owner_mfa"] for change in changes] == [True, False]


@pytest.mark.parametrize("kind", ["", "recovery_codes"])
def test_an_owner_without_one_cannot_switch_it_on(api: Api, alice: User, kind: str) -> None:
    if kind:
        give_second_factor(alice, kind)

    response = rule(api, wanted=True)

    assert (response.status_code, response.json()["code"]) == (409, "mfa_required")


def test_an_admin_cannot_switch_it(rookery: Community, alice: User) -> None:
    admin = make.member(rookery, make.user("bob"), Role.ADMIN)
    give_second_factor(admin)

    assert rule(Api(make.key(admin, place=rookery)), wanted=True).status_code == 403
    assert rule(Api(make.key(admin, place=rookery)), wanted=False).status_code == 200


def test_an_owner_without_one_may_only_look(api: Api, strict: Community, alice: User) -> None:
    refused = api.patch(ROOKERY, {"name": "Mine"})

    assert (refused.status_code, refused.json()["code"]) == (403, "mfa_required")
    assert api.get(ROOKERY).status_code == 200
    give_second_factor(alice)
    assert api.patch(ROOKERY, {"name": "Mine"}).status_code == 200


def test_a_session_is_held_to_it_like_a_key(strict: Community, alice: User) -> None:
    browser = Client()
    browser.force_login(alice)

    response = browser.patch(ROOKERY, {"name": "Mine"}, content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (403, "mfa_required")


def test_an_owner_without_one_gets_no_key_for_the_community(
    strict: Community, alice: User
) -> None:
    own = Api(make.key(alice))
    collector = make.key(alice, scopes=[Scope.EVENTS_WRITE], place=strict)[3:15]
    wish = {"name": "mine", "scopes": ["events:write"], "community": "rookery"}

    for path, body in ((KEYS, wish), (f"{KEYS}/{collector}/rotate", {"overlap_s": 0})):
        refused = own.post(path, body)
        assert (refused.status_code, refused.json()["code"]) == (403, "mfa_required")

    assert own.delete(f"{KEYS}/{collector}").status_code == 204
    give_second_factor(alice)
    assert own.post(KEYS, wish).status_code == 201


def test_admins_are_not_owners(strict: Community) -> None:
    admin = make.member(strict, make.user("bob"), Role.ADMIN)

    changed = Api(make.key(admin, place=strict)).patch(ROOKERY, {"name": "Ours"})

    assert changed.status_code == 200


def test_what_collects_for_an_owner_goes_on(strict: Community, alice: User) -> None:
    make.entity(strict)
    collector = Api(make.key(alice, scopes=[Scope.EVENTS_WRITE], place=strict))
    line = {
        "platform": "twitch",
        "server_id": "rookery",
        "user_id": "42",
        "user_name": "bob",
        "message_type": "chatMessage",
        "message_content": "hello",
    }

    assert collector.post("/router/v1/events", line).status_code == 200


def test_it_costs_no_query(strict: Community, alice: User, django_assert_num_queries: Any) -> None:
    give_second_factor(alice)
    credential = identity.authenticate(make.key(alice, place=strict), ip="127.0.0.1")
    identity.require(credential, Scope.ROUTER_MANAGE, strict.pk)

    with django_assert_num_queries(0):
        identity.require(credential, Scope.ROUTER_MANAGE, strict.pk)
