"""Twitch: whispers from the bot's account.

https://dev.twitch.tv/docs/api/reference/#send-whisper. Twitch answers 204 for a whisper it drops
in silence too, and lets an account whisper to 40 others a day: the inbound way is the main one.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from django.conf import settings

from waddlebot.platforms import twitch_token
from waddlebot.platforms.base import Account, Capability, Platform
from waddlebot.platforms.client import Answer, Request, call, demand_good_time
from waddlebot.platforms.errors import RefusedError
from waddlebot.platforms.limits import Limit, demand, is_among_todays

RECIPIENTS_A_DAY: Final = 40
WHISPERS: Final = (Limit("twitch:second", 3, 1), Limit("twitch:minute", 100, 60))
LOGIN: Final = re.compile(r"[a-z0-9_]{1,25}")

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

    def capabilities(self) -> frozenset[Capability]:
        needed = (
            settings.TWITCH_CLIENT_ID, settings.TWITCH_BOT_USER_ID, settings.TWITCH_BOT_TOKEN,
        )  # fmt: skip
        return frozenset({Capability.DIRECT_MESSAGE}) if all(needed) else frozenset()

    def find_account(self, name: str) -> Account | None:
        login = name.strip().removeprefix("@").lower()
        if not self.capabilities() or not LOGIN.fullmatch(login):
            return None
        answer = _call("GET", "users", query={"login": login})
        id_, found = answer.text("data", 0, "id"), answer.text("data", 0, "login")
        if found != login or not self.account_ids.fullmatch(id_):
            return None
        return Account(id_, found, answer.text("data", 0, "display_name"))

    def _send_direct_message(self, account_id: str, text: str) -> None:
        demand(*WHISPERS)
        if not is_among_todays("twitch:recipients", account_id, most=RECIPIENTS_A_DAY):
            raise RefusedError(*PAST_THE_DAY)
        people = {"from_user_id": settings.TWITCH_BOT_USER_ID, "to_user_id": account_id}
        _call("POST", "whispers", query=people, payload={"message": text})


def _call(
    method: str,
    path: str,
    *,
    query: Mapping[str, str],
    payload: Mapping[str, object] | None = None,
) -> Answer:
    url = f"{settings.TWITCH_API_URL}/helix/{path}"
    request = Request(method, url, f"twitch:{path}", {}, query=query, payload=payload)
    token = twitch_token.current()
    answer = _asked(request, token)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        answer = _asked(request, twitch_token.renewed(refused=token))
    if answer.is_refusal:
        raise RefusedError(*_reason(answer))
    return answer


def _asked(request: Request, token: str) -> Answer:
    headers = {"Authorization": f"Bearer {token}", "Client-Id": settings.TWITCH_CLIENT_ID}
    answer = call(replace(request, headers=headers))
    demand_good_time(answer, route=request.route)
    return answer


def _reason(answer: Answer) -> tuple[str, str]:
    if answer.status != HTTPStatus.BAD_REQUEST:
        return REFUSALS.get(answer.status, BAD_REQUEST)
    said = answer.text("message").lower()
    return next((reason for sentence, reason in SENTENCES if sentence.search(said)), BAD_REQUEST)
