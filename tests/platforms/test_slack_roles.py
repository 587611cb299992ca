from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.platforms.servers import SlackServer
from waddlebot.platforms import RoleChange, RoleState, Seat
from waddlebot.platforms.slack import Slack

SEAT = Seat("T042", "S042")


@dataclass
class Lent:
    token: str = "canary-admin"
    account_id: str = "T042"

    def current(self) -> str:
        return self.token

    def renewed(self, *, refused: str) -> str:
        pytest.fail("Slack's tokens are not renewed.")


def change(
    give: Sequence[str] = (), take: Sequence[str] = (), seat: Seat = SEAT
) -> dict[str, RoleChange]:
    return Slack().change_roles(seat, give=give, take=take, reason="x")


def test_many_are_one_call(slack: SlackServer) -> None:
    change(give=["U042", "U043"])

    assert slack.members["S042"] == ["U001", "U042", "U043"]
    assert sum(each.path == "/usergroups.users.update" for each in slack.asked) == 1


def test_who_writes_what_they_read_before_undoes_nothing(slack: SlackServer) -> None:
    slack.users["U044"] = "carol"
    slack.after_writing = [lambda: slack.members.update(S042=["U001", "U044"])]

    assert change(give=["U042"])["U042"].state is RoleState.DONE
    assert slack.members["S042"] == ["U001", "U042", "U044"]


def test_who_is_never_done_tries_again_later(slack: SlackServer) -> None:
    slack.after_writing = [lambda: slack.members.update(S042=["U001"])] * 9

    assert change(give=["U042"])["U042"].state is RoleState.RETRY
    assert len(slack.after_writing) == 5


def test_of_many_at_once_nobody_is_lost(slack: SlackServer) -> None:
    people = [f"U{number}" for number in range(100, 112)]
    slack.users |= dict.fromkeys(people, "somebody")
    with ThreadPoolExecutor(4) as threads:
        changes = list(threads.map(lambda each: change(give=[each])[each], people))

    assert {each.state for each in changes} == {RoleState.DONE}
    assert set(slack.members["S042"]) == {"U001", *people}


def test_one_who_is_not_taken_stops_nobody_else(slack: SlackServer) -> None:
    slack.guests = {"U042"}

    changes = change(give=["U042", "U043"])

    assert changes["U042"].code == "single_channel_guests_cannot_be_added"
    assert changes["U043"].state is RoleState.DONE
    assert slack.members["S042"] == ["U001", "U043"]


def test_somebody_stays_in_every_user_group(slack: SlackServer) -> None:
    slack.members["S042"] = ["U042", "U043"]

    changes = change(take=["U042", "U043"])

    assert slack.members["S042"] == ["U042"]
    assert (changes["U042"].code, changes["U042"].is_for_all) == ("last_member", False)
    assert changes["U043"].state is RoleState.DONE


def test_a_bot_that_may_not_is_told_once(slack: SlackServer) -> None:
    slack.may_not = {"canary-slack-token"}

    changes = change(give=["U042", "U043"])

    assert {each.code for each in changes.values()} == {"permission_denied"}
    assert sum(each.path == "/usergroups.users.update" for each in slack.asked) == 1


def test_a_token_of_somebody_who_may_is_used_instead(slack: SlackServer) -> None:
    slack.may_not = {"canary-slack-token"}
    slack.teams["canary-admin"] = "T042"

    seat = Seat("T042", "S042", Lent())

    assert change(give=["U042"], seat=seat)["U042"].state is RoleState.DONE


@pytest.mark.parametrize("error", ["no_such_subteam", "plan_upgrade_required", "missing_scope"])
def test_what_slack_refuses_has_a_name(slack: SlackServer, error: str) -> None:
    change()
    slack.error = error

    refused = change(give=["U042"])["U042"]

    assert (refused.state, refused.code, refused.is_for_all) == (RoleState.FAILED, error, True)
    assert refused.detail.endswith(".")


@pytest.mark.usefixtures("redis_is_down")
def test_without_redis_nothing_is_written(slack: SlackServer) -> None:
    assert change(give=["U042"])["U042"].code == "limits_unknown"
    assert slack.members["S042"] == ["U001"]
