import pytest

from tests.platforms.servers import DiscordServer, Sent, says
from waddlebot.platforms import Account, Delivery, Outcome
from waddlebot.platforms.discord import Discord
from waddlebot.platforms.discord_calls import INVALID
from waddlebot.platforms.limits import Limit

ALICE = "100000000000000042"
BOB = "100000000000000043"


def write(to: str = ALICE, text: str = "Your code") -> Delivery:
    return Discord().send_direct_message(account_id=to, text=text)


def test_a_message_arrives(discord: DiscordServer) -> None:
    assert write() == Delivery(Outcome.SENT)
    assert discord.messages == [Sent(ALICE, "Your code")]


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        ((403, 50007, "Cannot send messages to this user"), "cannot_message_user"),
        ((403, 50278, "Cannot send messages to this user"), "no_mutual_guilds"),
        ((403, 50001, "Missing Access"), "missing_access"),
        ((400, 50035, "Invalid Form Body"), "discord_50035"),
        ((404, -5, "?"), "discord_404"),
    ],
)
def test_what_discord_refuses_has_a_name(
    discord: DiscordServer, refusal: tuple[int, int, str], code: str
) -> None:
    discord.refusals[ALICE] = refusal

    delivery = write()

    assert (delivery.outcome, delivery.code) == (Outcome.FAILED, code)


def test_a_recipient_nobody_is_is_refused(discord: DiscordServer) -> None:
    assert write("100000000000000099").code == "invalid_recipient"


def test_a_bad_token_is_told(discord: DiscordServer, settings: object) -> None:
    settings.DISCORD_BOT_TOKEN = "canary-other"  # type: ignore[attr-defined]

    assert write().code == "unauthorized"


def test_opening_too_fast_is_tried_again_and_not_sooner(discord: DiscordServer) -> None:
    discord.trouble = says(400, {"code": 40003, "message": "You are opening … too fast"})

    assert [write().outcome for _ in range(2)] == [Outcome.RETRY] * 2
    assert len(discord.asked) == 1


def test_the_time_to_wait_is_taken_exactly(discord: DiscordServer) -> None:
    limit = {"message": "You are being rate limited.", "retry_after": 64.57, "global": False}
    discord.trouble = says(429, limit, Retry_After="65", X_RateLimit_Scope="user")

    assert write() == Delivery(
        Outcome.RETRY, "rate_limited", "The platform asks to wait.", 64.57, is_limited=True
    )


def test_a_limit_of_one_route_leaves_the_others_alone(discord: DiscordServer) -> None:
    discord.trouble = says(429, {"retry_after": 60, "global": False})
    write()
    discord.trouble = None

    assert Discord().find_account(ALICE) is not None
    assert write().outcome is Outcome.RETRY


def test_a_global_limit_stops_all(discord: DiscordServer) -> None:
    discord.trouble = says(429, {"retry_after": 60}, X_RateLimit_Global="true")
    write()
    discord.trouble = None

    assert write(BOB).outcome is Outcome.RETRY
    assert len(discord.asked) == 1


def test_an_exhausted_bucket_is_left_alone(discord: DiscordServer) -> None:
    discord.headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "30"}

    first, again, other = write(), write(), write(BOB)

    assert [first.outcome, again.outcome] == [Outcome.SENT, Outcome.RETRY]
    assert again.retry_after_s == pytest.approx(30, abs=5)
    assert other.outcome is Outcome.SENT


def test_we_stop_before_discord_locks_us_out(
    discord: DiscordServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = Limit(INVALID.name, 2, INVALID.window_s)
    monkeypatch.setattr("waddlebot.platforms.discord_calls.INVALID", few)
    discord.refusals[ALICE] = (403, 50007, "Cannot send messages to this user")

    outcomes = [write().outcome for _ in range(4)]

    assert outcomes == [Outcome.FAILED] * 3 + [Outcome.RETRY]
    assert len(discord.asked) == 6


def test_an_account_is_found_by_its_number(discord: DiscordServer) -> None:
    assert Discord().find_account(ALICE) == Account(ALICE, "alice", "Alice")
    assert Discord().find_account("100000000000000099") is None


def test_a_name_is_not_looked_up(discord: DiscordServer) -> None:
    assert Discord().find_account("alice") is None
    assert discord.asked == []


def test_a_bot_is_nobody_to_write_to(discord: DiscordServer) -> None:
    discord.bots = {ALICE}

    assert Discord().find_account(ALICE) is None
