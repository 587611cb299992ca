from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from tests.platforms.servers import TwitchServer
from waddlebot.platforms import RoleChange, RoleState, Seat
from waddlebot.platforms.errors import ClosedError
from waddlebot.platforms.twitch import Twitch

VIP, MODERATOR = Seat("waddlebot", "vip"), Seat("waddlebot", "moderator")


@dataclass
class Lent:
    account_id: str = "77"
    token: str = "canary-lent"
    next: str = ""

    def current(self) -> str:
        return self.token

    def renewed(self, *, refused: str) -> str:
        if not self.next:
            raise ClosedError("unauthorized", "No.")
        self.token = self.next
        return self.token


def give(seat: Seat = VIP, account_ids: Sequence[str] = ("42",)) -> dict[str, RoleChange]:
    return Twitch().change_roles(seat, give=account_ids, take=[], reason="x")


def test_the_channel_may_be_named_by_its_number(twitch: TwitchServer) -> None:
    assert give(Seat("1", "moderator"))["42"].state is RoleState.DONE
    assert twitch.roles.moderators == {"1": {"42"}}


def test_another_channel_needs_a_token_of_its_own(twitch: TwitchServer) -> None:
    assert give(Seat("elsewhere", "vip"))["42"].code == "no_token"

    twitch.users["77"] = "elsewhere"
    twitch.lent["canary-lent"] = ("77", ["channel:manage:vips"])
    assert give(Seat("elsewhere", "vip", Lent()))["42"].state is RoleState.DONE
    assert twitch.roles.vips == {"77": {"42"}}


def test_a_lent_token_that_has_expired_is_renewed(twitch: TwitchServer) -> None:
    twitch.users["77"] = "elsewhere"
    twitch.lent["new"] = ("77", ["channel:manage:vips"])

    assert give(Seat("elsewhere", "vip", Lent(next="new")))["42"].state is RoleState.DONE
    assert give(Seat("elsewhere", "vip", Lent(token="gone")))["42"].code == "unauthorized"


def test_a_token_without_the_scope_is_told_and_not_renewed(twitch: TwitchServer) -> None:
    twitch.scopes = ["user:manage:whispers"]

    change = give()["42"]

    assert (change.code, change.is_for_all) == ("missing_scope", True)
    assert change.detail.endswith("channel:manage:vips.")
    assert twitch.renewals == 0


@pytest.mark.parametrize(
    ("seat", "account_id", "code"),
    [
        (VIP, "99", "unknown_user"),
        (VIP, "44", "is_moderator"),
        (VIP, "45", "banned"),
        (MODERATOR, "43", "is_vip"),
        (MODERATOR, "45", "banned"),
    ],
)
def test_what_twitch_refuses_somebody_has_a_name(
    twitch: TwitchServer, seat: Seat, account_id: str, code: str
) -> None:
    twitch.users |= {"44": "carol", "45": "dave"}
    twitch.roles.vips["1"], twitch.roles.moderators["1"] = {"43"}, {"44"}
    twitch.roles.banned = {"45"}

    change = give(seat, [account_id])[account_id]

    assert (change.state, change.code) == (RoleState.FAILED, code)
    assert change.detail.endswith(".")
    assert not change.is_for_all


def test_full_slots_are_looked_at_again_another_day(twitch: TwitchServer) -> None:
    twitch.roles.slots = 1

    changes = give(VIP, ["42", "43"])

    assert changes["42"].state is RoleState.DONE
    assert (changes["43"].code, changes["43"].wait_s) == ("vip_slots_full", 24 * 3600)


def test_who_goes_makes_room_for_who_comes(twitch: TwitchServer) -> None:
    twitch.roles.slots = 1
    give(VIP, ["42"])

    changes = Twitch().change_roles(VIP, give=["43"], take=["42"], reason="x")

    assert {each.state for each in changes.values()} == {RoleState.DONE}


def test_a_channel_that_may_have_no_vips_is_told_once(twitch: TwitchServer) -> None:
    twitch.roles.has_no_vips_yet = True

    changes = give(VIP, ["42", "43"])

    assert {each.code for each in changes.values()} == {"no_vips_yet"}
    assert sum(each.method == "POST" for each in twitch.asked) == 1


def test_ten_changes_in_ten_seconds_and_no_more(twitch: TwitchServer) -> None:
    people = [str(number) for number in range(100, 112)]
    twitch.users |= dict.fromkeys(people, "somebody")

    changes = give(VIP, people)

    assert [changes[each].state for each in people] == [RoleState.DONE] * 10 + [
        RoleState.RETRY
    ] * 2
    assert changes["111"].wait_s == pytest.approx(10, abs=5)


def test_a_hundred_are_asked_for_in_one_call(twitch: TwitchServer) -> None:
    give(VIP, ["42"])
    twitch.asked.clear()

    people = [str(number) for number in range(100)]

    assert Twitch().holders(VIP, people) == {"42"}
    assert len(twitch.asked) == 2
