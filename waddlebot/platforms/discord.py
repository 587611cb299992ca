"""Discord: private messages from the bot.

https://docs.discord.com/developers/resources/user#create-dm and …/topics/rate-limits. Whoever
collects 10,000 answers of 401, 403 or 429 in ten minutes is locked out; we stop at half.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from django.conf import settings

from waddlebot.lib.limits import hit
from waddlebot.platforms.base import Account, Capability, Platform
from waddlebot.platforms.client import Answer, Request, call, demand_good_time, seconds
from waddlebot.platforms.errors import BusyError, FaultyError, RefusedError
from waddlebot.platforms.limits import Limit, demand, demand_no_pause, pause

ALL: Final = "discord"
REQUESTS: Final = Limit("discord:requests", 50, 1)
INVALID: Final = Limit("discord:invalid", 5_000, 600)
INVALID_STATUSES: Final = frozenset({401, 403, 429})
HIGHEST_CODE: Final = 10_000_000
TOO_FAST: Final = 40003
TOO_FAST_S: Final = 60.0
SNOWFLAKE: Final = re.compile(r"[0-9]{15,20}")

UNAUTHORIZED: Final = ("unauthorized", "Discord refuses the bot's token.")
# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
REFUSALS: Final = {
    10003: ("unknown_channel", "Discord has no such conversation."),
    10013: ("unknown_user", "Discord has no such account."),
    20009: ("explicit_content", "Discord does not deliver this text to this account."),
    50001: ("missing_access", "Discord does not let the bot write to this account."),
    50007: ("cannot_message_user", "This account takes no private messages from the bot."),
    50033: ("invalid_recipient", "Discord does not let the bot write to this account."),
    50278: ("no_mutual_guilds", "This account shares no server with the bot."),
    200000: ("blocked_by_moderation", "Discord's moderation has stopped the message."),
}


class Discord(Platform):
    slug = "discord"
    title = "Discord"
    account_ids = SNOWFLAKE
    max_text = 2000

    def capabilities(self) -> frozenset[Capability]:
        has_token = bool(settings.DISCORD_BOT_TOKEN)
        return frozenset({Capability.DIRECT_MESSAGE}) if has_token else frozenset()

    def find_account(self, name: str) -> Account | None:
        """Find by id: bots cannot look up the name of somebody they share no server with."""
        id_ = name.strip()
        if not self.capabilities() or not SNOWFLAKE.fullmatch(id_):
            return None
        try:
            answer = _call("GET", f"users/{id_}", route="users")
        except RefusedError as refusal:
            if refusal.code == "unknown_user":
                return None
            raise
        if answer.text("id") != id_ or answer.body.get("bot") is True:
            return None
        return Account(id_, answer.text("username"), answer.text("global_name"))

    def _send_direct_message(self, account_id: str, text: str) -> None:
        opened = _call("POST", "users/@me/channels", {"recipient_id": account_id}, route="open")
        channel = opened.text("id")
        if not SNOWFLAKE.fullmatch(channel):
            raise FaultyError
        message = {"content": text, "allowed_mentions": {"parse": []}}
        _call("POST", f"channels/{channel}/messages", message, route=f"messages:{channel}")


def _call(
    method: str, path: str, payload: Mapping[str, object] | None = None, *, route: str
) -> Answer:
    route = f"{ALL}:{route}"
    demand_no_pause(ALL)
    demand(REQUESTS)
    headers = {
        "Authorization": f"Bot {settings.DISCORD_BOT_TOKEN}",
        "User-Agent": f"DiscordBot ({settings.PUBLIC_URL}, {settings.VERSION})",
    }
    url = f"{settings.DISCORD_API_URL}/{path}"
    answer = call(Request(method, url, route, headers, payload=payload))
    _learn(answer, route)
    demand_good_time(answer, route=ALL if _is_global(answer) else route)
    if answer.is_refusal:
        raise _refusal(answer, route)
    return answer


def _learn(answer: Answer, route: str) -> None:
    """Keep what the answer says about the next one."""
    left = seconds(answer.headers.get("x-ratelimit-remaining"))
    reset_s = seconds(answer.headers.get("x-ratelimit-reset-after"))
    if left == 0 and reset_s:
        pause(route, min(reset_s, TOO_FAST_S))
    is_ours = answer.headers.get("x-ratelimit-scope") != "shared"
    if answer.status in INVALID_STATUSES and is_ours:
        verdict = hit(f"wb:platform:{INVALID.name}", INVALID.count, INVALID.window_s)
        if not verdict.allowed:
            pause(ALL, verdict.reset_s)


def _is_global(answer: Answer) -> bool:
    return "x-ratelimit-global" in answer.headers or answer.body.get("global") is True


def _refusal(answer: Answer, route: str) -> BusyError | RefusedError:
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return RefusedError(*UNAUTHORIZED)
    code = answer.body.get("code")
    if code == TOO_FAST:
        wait_s = answer.wait_s() or TOO_FAST_S
        pause(route, wait_s)
        return BusyError(wait_s)
    number = code if isinstance(code, int) and 0 < code < HIGHEST_CODE else answer.status
    unknown = (f"discord_{number}", f"Discord has refused it (error {number}).")
    return RefusedError(*REFUSALS.get(number, unknown))
