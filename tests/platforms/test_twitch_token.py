from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_django import Settings

from tests.platforms.servers import TwitchServer
from waddlebot.lib.redis import client
from waddlebot.platforms import Account, Delivery, Outcome
from waddlebot.platforms.twitch import Twitch


def whisper() -> Delivery:
    client().delete("wb:platform:twitch:second")
    return Twitch().send_direct_message(account_id="42", text="Your code")


def test_an_expired_token_is_renewed(twitch: TwitchServer) -> None:
    twitch.expire_token()

    assert [whisper().outcome for _ in range(2)] == [Outcome.SENT] * 2
    assert twitch.renewals == 1


def test_a_renewed_token_is_renewed_in_turn(twitch: TwitchServer) -> None:
    for _ in range(3):
        twitch.expire_token()
        assert whisper().outcome is Outcome.SENT

    assert twitch.renewals == 3


def test_of_many_who_find_it_expired_one_renews(twitch: TwitchServer) -> None:
    twitch.expire_token()
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: Twitch().find_account("alice"), range(8)))

    assert found == [Account("42", "alice", "Alice")] * 8
    assert twitch.renewals == 1


def test_the_renewed_token_is_sealed(twitch: TwitchServer) -> None:
    twitch.expire_token()
    whisper()

    [key] = client().scan_iter("wb:platform:twitch:token:*")
    assert "canary" not in str(client().get(key))


def test_other_tokens_in_the_settings_win(twitch: TwitchServer, settings: Settings) -> None:
    twitch.expire_token()
    whisper()
    twitch.access = settings.TWITCH_BOT_TOKEN = "canary-twitch-access-new"

    assert whisper().outcome is Outcome.SENT
    assert twitch.renewals == 1


@pytest.mark.parametrize("missing", ["TWITCH_BOT_REFRESH_TOKEN", "TWITCH_CLIENT_SECRET"])
def test_a_token_that_cannot_be_renewed_is_told(
    twitch: TwitchServer, settings: Settings, missing: str
) -> None:
    setattr(settings, missing, "")
    twitch.expire_token()

    assert whisper().code == "unauthorized"


def test_a_renewal_that_is_refused_is_told(twitch: TwitchServer) -> None:
    twitch.expire_token()
    twitch.refresh = "another"

    assert whisper().code == "unauthorized"
