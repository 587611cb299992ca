"""Whatever arrives gets a clear answer, and changes nothing."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core_router.models import CommandExecution
from identity.models import ApiKey, Community, IdentityLink, User
from tests import make
from tests.core_router.conftest import Door, line

pytestmark = pytest.mark.django_db

EVENTS = "/router/v1/events"


def without(field: str) -> dict[str, Any]:
    return {key: value for key, value in line("hi").items() if key != field}


@pytest.mark.parametrize(
    ("event", "pointer"),
    [
        (without("platform"), "#"),
        (without("message_content"), "#/message_content"),
        (line("hi", user_id=42), "#/user_id"),
        (line("hi", user_id=""), "#/user_id"),
        (line("hi", platform="Twitch!"), "#/platform"),
        (line("hi", message_type="shout"), "#/message_type"),
        (line("hi", server_id="a+b"), "#/server_id"),
        (line("hi", user_name="x" * 101), "#/user_name"),
        (line("hi", event_id="x" * 201), "#/event_id"),
        (line("hi", user_roles="moderator"), "#/user_roles"),
        (line("hi", metadata=[]), "#/metadata"),
    ],
)
def test_a_wrong_field_is_pointed_at(door: Door, event: dict[str, Any], pointer: str) -> None:
    said = door.post(EVENTS, event)

    assert said.status == 400
    assert said.headers["Content-Type"] == "application/problem+json"
    assert said.json()["code"] == "invalid"
    assert said.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"[" * 10_000 + b"]" * 10_000,
        b'{"metadata": ' + b'{"a": ' * 5_000 + b"1" + b"}" * 5_000 + b"}",
        json.dumps(line("nul \x00 inside")).encode(),
        json.dumps(line("hi", metadata={"a\x00": 1})).encode(),
        json.dumps(line("hi")).encode().replace(b'"hi"', b'"\\ud800"'),
        json.dumps(line("hi", metadata={"n": 0}))
        .encode()
        .replace(b'"n": 0', b'"n": ' + b"9" * 300),
    ],
)
def test_what_is_no_event_is_refused(door: Door, body: bytes) -> None:
    said = door.post(EVENTS, body)

    assert said.status == 400
    assert not IdentityLink.objects.exists()


@pytest.mark.parametrize("path", [EVENTS, f"{EVENTS}/batch"])
def test_a_body_of_five_megabytes_is_too_large(door: Door, path: str) -> None:
    said = door.post(path, b'{"x": "' + b"a" * 5_000_000 + b'"}')

    assert (said.status, said.json()["code"]) == (413, "too_large")


def test_a_message_of_64_kib_is_too_large(door: Door) -> None:
    said = door.post(EVENTS, line("a" * 65_536))

    assert said.status == 413


def test_a_message_of_64_kib_in_a_batch_fails_alone(door: Door) -> None:
    said = door.post(f"{EVENTS}/batch", {"events": [line("a" * 65_536), line("hi")]})

    large, small = said.json()["results"]
    assert large["error"]["status"] == 413
    assert small["outcome"] == "ignored"


@pytest.mark.parametrize("events", [[], [line("hi")] * 101, "x", None])
def test_a_batch_holds_one_to_a_hundred_events(door: Door, events: Any) -> None:
    said = door.post(f"{EVENTS}/batch", {"events": events})

    assert (said.status, said.json()["errors"][0]["pointer"]) == (400, "#/events")


def test_another_content_type_is_refused(door: Door) -> None:
    said = door.post(EVENTS, line("hi"), content_type="text/plain")

    assert said.status == 415


def test_an_unknown_platform_is_a_channel_nobody_claimed(door: Door) -> None:
    answer = door.say("hi", platform="carrier_pigeon")

    assert answer["outcome"] == "unknown_entity"


def test_unknown_keys_are_kept_and_never_refused(door: Door) -> None:
    said = door.post(EVENTS, line("hi", shoe_size=42))

    assert said.status == 200


def test_an_emoji_may_name_a_command(door: Door, rookery: Community) -> None:
    make.command(rookery, "🦆")

    answer = door.say("!🦆️ quack")

    assert answer["outcome"] == "executed"


def test_a_command_is_found_in_any_case(door: Door, rookery: Community) -> None:
    make.command(rookery, "straße")

    answer = door.say("!STRASSE")

    assert answer["outcome"] == "executed"


def test_unclosed_quotes_fall_back_to_spaces(door: Door, rookery: Community) -> None:
    make.command(rookery, "say", "${1}|${2}")

    answer = door.say('!say "two words')

    assert answer["actions"][0]["text"] == '"two|words'


def test_a_key_with_a_wrong_checksum_is_refused(door: Door, collector: str) -> None:
    typo = collector[:-1] + ("0" if collector[-1] != "0" else "1")

    said = door.post(EVENTS, line("hi"), key=typo)

    assert (said.status, said.json()["code"]) == (401, "bad_credentials")
    assert "WWW-Authenticate" in said.headers


def test_an_expired_key_is_refused(door: Door, alice: User, rookery: Community) -> None:
    expired = make.key(alice, scopes=["events:write"], place=rookery)
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    said = door.post(EVENTS, line("hi"), key=expired)

    assert said.status == 401


def test_a_key_without_the_scope_is_refused(door: Door, alice: User, rookery: Community) -> None:
    reader = make.key(alice, scopes=["router:read"], place=rookery)

    said = door.post(EVENTS, line("hi"), key=reader)

    assert said.status == 403


def test_nobody_is_told_to_bring_a_key(door: Door) -> None:
    said = door.post(EVENTS, line("hi"), key="")

    assert said.status == 401


def test_a_key_of_one_platform_speaks_for_no_other(
    door: Door, alice: User, rookery: Community
) -> None:
    discord = make.key(alice, scopes=["events:write"], place=rookery, platform="discord")

    alone = door.post(EVENTS, line("hi"), key=discord)
    together = door.post(f"{EVENTS}/batch", {"events": [line("hi")]}, key=discord)

    assert alone.status == 403
    assert together.json()["results"][0]["error"]["status"] == 403


def test_the_keys_requests_run_out(door: Door, alice: User, rookery: Community) -> None:
    slow = make.key(alice, scopes=["events:write"], place=rookery, requests_per_minute=2)

    statuses = [door.post(EVENTS, line("hi"), key=slow).status for _ in range(3)]
    last = door.post(EVENTS, line("hi"), key=slow)

    assert statuses == [200, 200, 429]
    assert int(last.headers["Retry-After"]) >= 1


def test_refused_requests_leave_nothing_behind(door: Door, rookery: Community) -> None:
    make.command(rookery, "hail")

    door.post(EVENTS, line("!hail", user_id=42))
    door.post(EVENTS, line("!hail"), key="wb_nonsense")

    assert not CommandExecution.objects.exists()
    assert not IdentityLink.objects.exists()
