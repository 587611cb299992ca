from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.platforms.servers import Sent, TwitchServer, says
from waddlebot.lib.http import OutboundError
from waddlebot.lib.redis import client
from waddlebot.platforms import Account, Delivery, Outcome
from waddlebot.platforms.limits import Limit, is_among_todays
from waddlebot.platforms.twitch import Twitch


def whisper(to: str = "42", text: str = "Your code") -> Delivery:
    # The second's limit is not what these tests are about.
    client().delete("wb:platform:twitch:second")
    return Twitch().send_direct_message(account_id=to, text=text)


def test_a_whisper_arrives(twitch: TwitchServer) -> None:
    assert whisper() == Delivery(Outcome.SENT)
    assert twitch.whispers == [Sent("42", "Your code")]


def test_a_whisper_twitch_drops_counts_as_sent(twitch: TwitchServer) -> None:
    twitch.drops = True

    assert whisper().outcome is Outcome.SENT
    assert twitch.whispers == []


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("404", "user_not_found"),
        ("1", "cannot_whisper_self"),
        ("43", "whispers_blocked"),
        ("44", "user_suspended"),
    ],
)
def test_what_twitch_refuses_has_a_name(twitch: TwitchServer, to: str, code: str) -> None:
    twitch.users |= {"44": "carol"}
    twitch.takes_no_whispers, twitch.suspended = {"43"}, {"44"}

    delivery = whisper(to)

    assert (delivery.outcome, delivery.code) == (Outcome.FAILED, code)
    assert delivery.detail.endswith(".")


def test_a_bot_that_may_not_whisper_is_told(twitch: TwitchServer) -> None:
    twitch.is_suspended = True

    assert whisper().code == "forbidden"


def test_a_bot_without_a_phone_number_is_told(twitch: TwitchServer) -> None:
    twitch.has_phone = False

    assert whisper().code == "unauthorized"


def test_forty_accounts_a_day_and_no_more(twitch: TwitchServer) -> None:
    twitch.users = {str(number): "somebody" for number in range(100, 150)}

    deliveries = [whisper(str(number)) for number in range(100, 141)]

    assert [each.outcome for each in deliveries[:40]] == [Outcome.SENT] * 40
    assert deliveries[40].code == "daily_limit"
    assert len(twitch.asked) == 40


def test_an_account_counts_once_a_day(twitch: TwitchServer) -> None:
    twitch.users = {str(number): "somebody" for number in range(100, 150)}
    for number in range(100, 140):
        whisper(str(number))

    assert whisper("100").outcome is Outcome.SENT
    assert whisper("140").code == "daily_limit"


def test_of_many_processes_at_once_forty_find_room(twitch: TwitchServer) -> None:
    def ask(number: int) -> bool:
        return is_among_todays("test", str(number), most=40)

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(ask, range(200))) == 40


def test_who_was_whispered_to_is_not_in_redis(twitch: TwitchServer) -> None:
    twitch.users["987654321"] = "somebody"
    whisper("987654321")

    held = [
        client().smembers(key) for key in client().scan_iter("wb:platform:twitch:recipients:*")
    ]

    assert len(held) == 1
    assert "987654321" not in str(held)


def test_whispers_keep_their_distance(
    twitch: TwitchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("waddlebot.platforms.twitch.WHISPERS", (Limit("test", 3, 60),))

    deliveries = [whisper() for _ in range(4)]

    assert [each.outcome for each in deliveries] == [Outcome.SENT] * 3 + [Outcome.RETRY]
    assert deliveries[3].retry_after_s == pytest.approx(60, abs=30)


@pytest.mark.usefixtures("redis_is_down")
def test_without_redis_nobody_whispers(twitch: TwitchServer) -> None:
    delivery = Twitch().send_direct_message(account_id="42", text="Hi")

    assert (delivery.outcome, delivery.code) == (Outcome.RETRY, "limits_unknown")
    assert twitch.asked == []


def test_an_account_is_found_by_its_name(twitch: TwitchServer) -> None:
    assert Twitch().find_account(" @Alice ") == Account("42", "alice", "Alice")
    assert Twitch().find_account("nobody") is None


def test_what_is_no_name_is_not_asked_for(twitch: TwitchServer) -> None:
    assert Twitch().find_account("alice&id=43") is None
    assert twitch.asked == []


def test_looking_up_with_a_bad_token_is_an_error(twitch: TwitchServer) -> None:
    twitch.access = twitch.refresh = "another"

    with pytest.raises(OutboundError):
        Twitch().find_account("alice")


def test_twitchs_own_way_of_saying_when_is_understood(twitch: TwitchServer) -> None:
    twitch.trouble = says(429, {"status": 429}, Ratelimit_Reset="9999999999")

    delivery = whisper()

    assert delivery.outcome is Outcome.RETRY
    assert delivery.retry_after_s == 24 * 3600
