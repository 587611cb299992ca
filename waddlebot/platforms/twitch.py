"""Twitch: whispers from the bot's account, and roles in channels.

https://dev.twitch.tv/docs/api/reference/#send-whisper. Twitch answers 204 for a whisper it drops
in silence too, and lets an account whisper to 40 others a day: the inbound way is the main one.
"""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from django.conf import settings

from waddlebot.platforms import twitch_chat, twitch_roles, twitch_token
from waddlebot.platforms.base import Account, Platform, TokenFacts
from waddlebot.platforms.client import Answer
from waddlebot.platforms.errors import RefusedError
from waddlebot.platforms.limits import Limit, demand, is_among_todays
from waddlebot.platforms.outcomes import Capability
from waddlebot.platforms.roles import Seat, Token
from waddlebot.platforms.speaking import Deed, Line, Spot
from waddlebot.platforms.twitch_calls import ask
from waddlebot.platforms.twitch_roles import LOGIN
from waddlebot.platforms.twitch_token import Pair

RECIPIENTS_A_DAY: Final = 40
WHISPERS: Final = (Limit("twitch:second", 3, 1), Limit("twitch:minute", 100, 60))

PAST_THE_DAY: Final = (
    "daily_limit",
    f"The bot may whisper to {RECIPIENTS_A_DAY} accounts a day, and it has. "
    "Ask for a code to type into a Twitch chat instead.",
)
FORBIDDEN: Final = ("forbidden", "Twitch does not let the bot's account whisper.")
BAD_REQUEST: Final = ("bad_request", "Twitch does not deliver this whisper.")
REFUSALS: Final = {
    401: ("unauthorized", "Twitch refuses the bot's token, or its account has no phone number."),
    403: FORBIDDEN,
    404: ("user_not_found", "Twitch has no such account."),
}
# Twitch has no codes, only sentences.
SENTENCES: Final = (
    (
        re.compile("allow|settings"),
        ("whispers_blocked", "This account takes no whispers from strangers."),
    ),
    (re.compile("suspended"), ("user_suspended", "This account is suspended.")),
    (
        re.compile("must be different"),
        ("cannot_whisper_self", "This is the bot's own account."),
    ),
)


class Twitch(Platform):
    slug = "twitch"
    title = "Twitch"
    account_ids = re.compile(r"[0-9]{1,20}")
    # What somebody may get who has never whispered to the bot.
    max_text = 500
    server_ids = LOGIN
    roles = re.compile("|".join(twitch_roles.PATHS))
    takes_tokens = True
    message_ids = re.compile(r"[A-Za-z0-9_.=-]{1,100}")
    deeds = twitch_chat.DEEDS

    def capabilities(self) -> frozenset[Capability]:
        needed = (
            settings.TWITCH_CLIENT_ID, settings.TWITCH_BOT_USER_ID, settings.TWITCH_BOT_TOKEN,
        )  # fmt: skip
        can = {
            Capability.CHAT, Capability.DIRECT_MESSAGE, Capability.MODERATE, Capability.ROLES,
        }  # fmt: skip
        return frozenset(can if all(needed) else ())

    def find_account(self, name: str) -> Account | None:
        login = name.strip().removeprefix("@").lower()
        if not self.capabilities() or not LOGIN.fullmatch(login):
            return None
        answer = ask("GET", "users", query={"login": login}, refusal_of=_refusal_of)
        id_, found = answer.text("data", 0, "id"), answer.text("data", 0, "login")
        if found != login or not self.account_ids.fullmatch(id_):
            return None
        return Account(id_, found, answer.text("data", 0, "display_name"))

    def _send_chat(self, spot: Spot, line: Line) -> None:
        twitch_chat.say(spot, line)

    def _moderate(self, spot: Spot, deed: Deed) -> None:
        twitch_chat.moderate(spot, deed)

    def _send_direct_message(self, account_id: str, text: str, token: Token | None) -> None:
        demand(*WHISPERS)
        if not is_among_todays("twitch:recipients", account_id, most=RECIPIENTS_A_DAY):
            raise RefusedError(*PAST_THE_DAY)
        people = {"from_user_id": settings.TWITCH_BOT_USER_ID, "to_user_id": account_id}
        message = {"message": text}
        ask("POST", "whispers", query=people, payload=message, refusal_of=_refusal_of)

    def examine_token(self, access: str) -> TokenFacts:
        id_, name, scopes = twitch_token.facts_of(access)
        return TokenFacts(id_, name, scopes)

    def renew_token(self, *, access: str, refresh: str) -> tuple[str, str]:
        pair = twitch_token.renew(Pair(access, refresh))
        return pair.access, pair.refresh

    def _demand(self, seat: Seat) -> None:
        super()._demand(seat)
        twitch_roles.demand_channel(seat)

    def _holders(self, seat: Seat, account_ids: Sequence[str]) -> frozenset[str]:
        return twitch_roles.holders(seat, account_ids)

    def _give_role(self, seat: Seat, account_id: str, *, reason: str) -> None:
        twitch_roles.give(seat, account_id)

    def _take_role(self, seat: Seat, account_id: str, *, reason: str) -> None:
        twitch_roles.take(seat, account_id)


def _refusal_of(answer: Answer) -> RefusedError:
    return RefusedError(*_reason(answer))


def _reason(answer: Answer) -> tuple[str, str]:
    if answer.status != HTTPStatus.BAD_REQUEST:
        return REFUSALS.get(answer.status, BAD_REQUEST)
    said = answer.text("message").lower()
    return next((reason for sentence, reason in SENTENCES if sentence.search(said)), BAD_REQUEST)
