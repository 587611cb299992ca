"""What every platform keeps of giving and taking roles."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from pytest_django import Settings

from tests.platforms.servers import (
    DiscordServer,
    PlatformServer,
    SlackServer,
    TwitchServer,
    hangs_up,
    says,
)
from tests.platforms.servers.base import Trouble
from waddlebot.lib.http import OutboundError
from waddlebot.lib.redis import client
from waddlebot.platforms import PLATFORMS, Platform, RoleState, Seat
from waddlebot.platforms.roles import DONE, RoleChange

ALICE, BOB = "100000000000000042", "100000000000000043"


@dataclass
class Stage:
    platform: Platform
    server: Any
    seat: Seat
    people: tuple[str, str]

    def holders(self) -> frozenset[str]:
        return self.platform.holders(self.seat, self.people)

    def change(self, *, give: Any = (), take: Any = ()) -> dict[str, RoleChange]:
        return self.platform.change_roles(self.seat, give=give, take=take, reason="label vip")


CAST: dict[str, tuple[type[PlatformServer], Seat, tuple[str, str]]] = {
    "twitch": (TwitchServer, Seat("waddlebot", "vip"), ("42", "43")),
    "discord": (
        DiscordServer, Seat("200000000000000001", "300000000000000001"), (ALICE, BOB)
    ),
    "slack": (SlackServer, Seat("T042", "S042"), ("U042", "U043")),
}  # fmt: skip


@pytest.fixture(params=PLATFORMS)
def stage(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Stage]:
    kind, seat, people = CAST[request.param]
    with kind() as server:
        server.configure(settings)
        yield Stage(PLATFORMS[request.param], server, seat, people)


def test_a_role_is_given_held_and_taken(stage: Stage) -> None:
    alice, _ = stage.people
    assert stage.holders() == frozenset()

    assert stage.change(give=[alice]) == {alice: DONE}
    assert stage.holders() == {alice}

    assert stage.change(take=[alice]) == {alice: DONE}
    assert stage.holders() == frozenset()


def test_what_was_so_before_is_done(stage: Stage) -> None:
    alice, bob = stage.people
    stage.change(give=[alice])

    assert stage.change(give=[alice], take=[bob]) == {alice: DONE, bob: DONE}
    assert stage.holders() == {alice}


def test_some_come_and_others_go_at_once(stage: Stage) -> None:
    alice, bob = stage.people
    stage.change(give=[alice])

    assert stage.change(give=[bob], take=[alice]) == {alice: DONE, bob: DONE}
    assert stage.holders() == {bob}


def test_what_can_be_named_is_checked_by_pattern(stage: Stage) -> None:
    platform, seat = stage.platform, stage.seat

    assert platform.server_ids.fullmatch(seat.server_id)
    assert platform.roles.fullmatch(seat.role)
    for wrong in ("", "../..", "a b", "vip/x", "\ud800", "\N{FULLWIDTH DIGIT FOUR}", "1\n"):
        assert not platform.server_ids.fullmatch(wrong)
        assert not platform.roles.fullmatch(wrong)


PASSING: dict[str, Trouble] = {
    "500": says(500, b"<html>"),
    "429": says(429, {"retry_after": 7}, Retry_After="7"),
    "too much": says(200, b"[" * 1_000_000),
    "a cut connection": hangs_up,
}


@pytest.mark.parametrize("trouble", PASSING.values(), ids=PASSING.keys())
def test_what_passes_is_tried_again(stage: Stage, trouble: Trouble) -> None:
    stage.server.trouble = trouble

    changes = stage.change(give=stage.people)

    assert {each.state for each in changes.values()} == {RoleState.RETRY}
    assert set(changes) == set(stage.people)
    assert len(stage.server.asked) == 1
    with pytest.raises(OutboundError):
        stage.holders()


GARBAGE: dict[str, Trouble] = {
    "no json": says(200, b"{"),
    "a list": says(200, [1]),
    "wrong shapes": says(200, {"ok": True, "data": 1, "users": {}, "roles": 1, "team_id": []}),
    "wrong shapes within": says(200, {"ok": True, "data": [[]], "users": [1], "roles": [[]]}),
    "a refusal of lists": says(403, {"code": [], "message": {}, "error": []}),
    "a teapot": says(418),
}


@pytest.mark.parametrize("trouble", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_no_exception(stage: Stage, trouble: Trouble) -> None:
    stage.server.trouble = trouble

    changes = stage.change(give=stage.people, take=["1" * 17])

    assert set(changes) == {*stage.people, "1" * 17}
    with suppress(OutboundError):
        assert stage.holders() == frozenset()


def test_without_credentials_nothing_is_called(stage: Stage, settings: Settings) -> None:
    for name in stage.server.settings:
        setattr(settings, name, "")

    changes = stage.change(give=stage.people)

    assert {each.code for each in changes.values()} == {"not_supported"}
    assert all(each.is_for_all for each in changes.values())
    assert stage.server.asked == []


def test_a_server_that_is_none_of_ours_is_refused_once(stage: Stage) -> None:
    other = {"twitch": "elsewhere", "discord": "200000000000000009", "slack": "T099"}
    stage.seat = Seat(other[stage.platform.slug], stage.seat.role)

    changes = stage.change(give=stage.people)

    assert {each.state for each in changes.values()} == {RoleState.FAILED}
    assert all(each.is_for_all and each.detail.endswith(".") for each in changes.values())
    assert len(stage.server.asked) <= 1


def test_no_account_is_in_redis(stage: Stage) -> None:
    stage.change(give=stage.people)
    stage.change(take=stage.people)

    kept = str([(key, client().type(key)) for key in client().scan_iter("*")])
    assert not any(each in kept for each in stage.people)
