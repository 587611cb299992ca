from typing import Any

import pytest
from django.test import Client

from identity import api as identity
from identity.data import Role
from identity.models import ApiKey, AuditEvent, Community, User
from tests import make
from tests.client import Api

ASK = "/identity/v1/forward-auth"


def consumer(answer: Any) -> dict[str, str]:
    start = "X-Consumer-"
    return {
        name.removeprefix(start): value
        for name, value in answer.headers.items()
        if name.startswith(start)
    }


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
def test_a_key_is_admitted_and_named(alice: User, header: str) -> None:
    full = make.key(alice, scopes=["router:read", "identity:read"])
    sent = {"Authorization": f"Bearer {full}"} if header == "Authorization" else {header: full}

    answer = Api().get(ASK, headers=sent)

    assert (answer.status_code, answer.content) == (204, b"")
    assert consumer(answer) == {
        "Id": alice.public_id,
        "Key-Id": full[3:15],
        "Scopes": "identity:read router:read",
    }
    assert "Set-Cookie" not in answer.headers


def test_a_bound_key_names_its_community(alice: User, rookery: Community) -> None:
    answer = Api(make.key(alice, scopes=["events:write"], place=rookery)).get(ASK)

    assert consumer(answer)["Community"] == "rookery"
    assert consumer(answer)["Scopes"] == "events:write"


def test_a_session_is_admitted_to_read(alice: User) -> None:
    browser = Client()
    browser.force_login(alice)

    seen = browser.get(ASK)
    assert seen.status_code == 204
    assert consumer(seen)["Id"] == alice.public_id
    assert "Key-Id" not in consumer(seen)
    assert browser.get(ASK, headers={"X-Forwarded-Method": "POST"}).status_code == 403


def test_a_gateway_may_ask_without_a_body(alice: User) -> None:
    answer = Api(make.key(alice, scopes=["router:read"])).send("HEAD", ASK)

    assert answer.status_code == 204
    assert consumer(answer)["Scopes"] == "router:read"


@pytest.mark.parametrize("key", [None, "wb_nonsense", "x"])
def test_who_is_nobody_is_told_to_say_who_they_are(key: str | None, db: None) -> None:
    answer = Api(key).get(ASK)

    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers
    assert consumer(answer) == {}


WISHES = {
    "?scope=router:read": 204,
    "?scope=router:read&community=rookery": 204,
    "?scope=router:manage": 403,
    "?scope=router:manage&community=rookery": 403,
    "?scope=router:read&community=theirs": 403,
    "?scope=router:read&community=no-such": 403,
    "?community=rookery": 403,
    "?scope=everything": 403,
    "?scope=": 403,
}


@pytest.mark.parametrize("wish", WISHES)
def test_a_gateway_asks_for_what_it_needs(alice: User, rookery: Community, wish: str) -> None:
    make.community(owner=make.user("bob"), slug="theirs")

    answer = Api(make.key(alice, scopes=["router:read"])).get(ASK + wish)

    assert answer.status_code == WISHES[wish]


def test_scopes_the_owner_may_no_longer_use_are_not_told(rookery: Community) -> None:
    bob = make.member(rookery, make.user("bob"), Role.ADMIN)
    api = Api(make.key(bob, scopes=["router:manage", "labels:read", "admin"], place=rookery))
    assert consumer(api.get(ASK))["Scopes"] == "labels:read router:manage"

    make.member(rookery, bob, Role.MEMBER)
    assert consumer(api.get(ASK))["Scopes"] == "labels:read"

    make.member(rookery, bob, Role.NONE)
    assert api.get(ASK).status_code == 403


def test_who_asks_too_often_is_refused_in_words_nginx_knows(alice: User) -> None:
    api = Api(make.key(alice, scopes=["router:read"], requests_per_minute=1))
    assert api.get(ASK).status_code == 204

    refused = api.get(ASK)

    assert (refused.status_code, refused.json()["code"]) == (403, "rate_limited")
    assert int(refused.headers["Retry-After"]) > 0
    assert "RateLimit" in refused.headers


def test_a_key_used_after_its_end_is_on_the_record(alice: User, rookery: Community) -> None:
    full = make.key(alice, scopes=["router:read"], place=rookery)
    identity.revoke_key(pk=ApiKey.objects.get().pk)

    assert {Api(full).get(ASK).status_code for _ in range(3)} == {401}

    event = AuditEvent.objects.get(outcome="refused")
    assert (event.actor, event.community_id) == (f"key:{full[3:15]}", rookery.pk)
    assert event.details["reason"] == "revoked"
