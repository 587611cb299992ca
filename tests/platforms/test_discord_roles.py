import pytest

from tests.platforms.servers import DiscordServer, says
from waddlebot.platforms import RoleChange, RoleState, Seat
from waddlebot.platforms.discord import Discord

ALICE, BOB = "100000000000000042", "100000000000000043"
SEAT = Seat("200000000000000001", "300000000000000001")


def give(seat: Seat = SEAT, *account_ids: str) -> dict[str, RoleChange]:
    people = account_ids or (ALICE, BOB)
    return Discord().change_roles(seat, give=people, take=[], reason="WaddleBot: über/vip")


def test_the_audit_log_of_the_server_tells_why(discord: DiscordServer) -> None:
    give()

    assert discord.reasons == ["WaddleBot%3A%20%C3%BCber/vip"] * 2


def test_a_role_above_the_bots_own_is_tried_once_for_all(discord: DiscordServer) -> None:
    changes = give(Seat(SEAT.server_id, "300000000000000009"))

    assert {each.code for each in changes.values()} == {"missing_permissions"}
    assert "above this one" in changes[ALICE].detail
    assert len(discord.asked) == 1


def test_a_role_that_is_not_there_is_told(discord: DiscordServer) -> None:
    changes = give(Seat(SEAT.server_id, "300000000000000007"))

    assert (changes[BOB].code, changes[BOB].is_for_all) == ("unknown_role", True)


def test_who_is_not_on_the_server_stops_nobody_else(discord: DiscordServer) -> None:
    del discord.members[ALICE]

    changes = give()

    assert changes[ALICE].code == "not_on_server"
    assert changes[ALICE].wait_s == 24 * 3600
    assert changes[BOB].state is RoleState.DONE


def test_who_has_left_has_no_role_to_lose(discord: DiscordServer) -> None:
    del discord.members[ALICE]

    assert Discord().holders(SEAT, [ALICE]) == frozenset()
    taken = Discord().change_roles(SEAT, give=[], take=[ALICE], reason="x")
    assert taken[ALICE].state is RoleState.DONE


def test_an_exhausted_bucket_stops_the_rest(discord: DiscordServer) -> None:
    discord.headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "30"}

    changes = give()

    assert changes[ALICE].state is RoleState.DONE
    assert changes[BOB].state is RoleState.RETRY
    assert changes[BOB].wait_s == pytest.approx(30, abs=5)


def test_asking_and_giving_have_buckets_of_their_own(discord: DiscordServer) -> None:
    discord.headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "30"}
    give(SEAT, ALICE)

    assert Discord().holders(SEAT, [ALICE]) == {ALICE}


def test_refusals_count_towards_being_locked_out(discord: DiscordServer) -> None:
    discord.trouble = says(403, {"code": 50013, "message": "Missing Permissions"})
    for _ in range(3):
        give(SEAT, ALICE)

    assert len(discord.asked) == 3
