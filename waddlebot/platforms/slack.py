"""Slack: private messages from the bot.

https://docs.slack.dev/reference/methods/conversations.open and …/chat.postMessage. Slack says 200
to nearly everything: whether it did something is in `ok`.
"""

import re
from typing import Final

from django.conf import settings

from waddlebot.lib.http import OutboundError
from waddlebot.platforms.base import Account, Capability, Platform
from waddlebot.platforms.client import Answer, Request, call, demand_good_time
from waddlebot.platforms.errors import BusyError, FaultyError, RefusedError
from waddlebot.platforms.limits import Limit, demand

CHANNEL_RESTS_S: Final = 1.0
MEMBER: Final = re.compile(r"[UW][A-Z0-9]{2,30}")
ERROR: Final = re.compile(r"[a-z0-9_]{1,60}")
UNKNOWN: Final = frozenset({"user_not_found", "users_not_found", "user_not_visible"})
PASSING: Final = frozenset({
    "fatal_error", "internal_error", "ratelimited", "rate_limited", "request_timeout",
    "service_unavailable", "team_added_to_org",
})  # fmt: skip
NOT_US: Final = "Slack refuses the bot's token. Whoever runs this bot has to look at it."
BLOCKED: Final = "Slack does not let the bot write to this account."
NOBODY: Final = "Slack has no such account."
SENTENCES: Final = {
    "account_inactive": NOT_US,
    "invalid_auth": NOT_US,
    "missing_scope": NOT_US,
    "not_authed": NOT_US,
    "token_expired": NOT_US,
    "token_revoked": NOT_US,
    "cannot_dm_bot": "This account is a bot itself.",
    "channel_not_found": BLOCKED,
    "not_in_channel": BLOCKED,
    "msg_too_long": "Slack finds the message too long.",
    "user_disabled": "This account has been switched off.",
    "user_not_found": NOBODY,
    "user_not_visible": NOBODY,
    "users_not_found": NOBODY,
}


class Slack(Platform):
    slug = "slack"
    title = "Slack"
    account_ids = MEMBER
    # Slack cuts at 40,000, and asks for no more than this.
    max_text = 4000

    def capabilities(self) -> frozenset[Capability]:
        has_token = bool(settings.SLACK_BOT_TOKEN)
        return frozenset({Capability.DIRECT_MESSAGE}) if has_token else frozenset()

    def find_account(self, name: str) -> Account | None:
        """Find by member id: Slack looks nobody up by name, and an e-mail proves nothing."""
        id_ = name.strip().upper()
        if not self.capabilities() or not MEMBER.fullmatch(id_):
            return None
        try:
            answer = _call("GET", "users.info", {"user": id_})
        except RefusedError as refusal:
            if refusal.code in UNKNOWN:
                return None
            raise
        user = answer.body.get("user")
        is_person = isinstance(user, dict) and not user.get("is_bot") and not user.get("deleted")
        if not is_person or answer.text("user", "id") != id_:
            return None
        shown = answer.text("user", "profile", "display_name") or answer.text("user", "real_name")
        return Account(id_, answer.text("user", "name"), shown)

    def _send_direct_message(self, account_id: str, text: str) -> None:
        channel = _call("POST", "conversations.open", {"users": account_id}).text("channel", "id")
        if not channel:
            raise FaultyError
        demand(Limit(f"slack:channel:{channel}", 1, CHANNEL_RESTS_S))
        _call("POST", "chat.postMessage", {"channel": channel, "text": _plain(text)})


def _plain(text: str) -> str:
    """Keep Slack from reading mentions and links into it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _call(method: str, name: str, arguments: dict[str, str]) -> Answer:
    route = f"slack:{name}"
    headers = {"Authorization": f"Bearer {settings.SLACK_BOT_TOKEN}"}
    url = f"{settings.SLACK_API_URL}/{name}"
    # Methods that only read take no JSON.
    reads = method == "GET"
    query, payload = (arguments, None) if reads else (None, arguments)
    answer = call(Request(method, url, route, headers, query=query, payload=payload))
    demand_good_time(answer, route=route)
    if answer.body.get("ok") is not True:
        raise _error(answer.text("error"))
    return answer


def _error(code: str) -> OutboundError:
    if code in PASSING:
        return BusyError()
    if not ERROR.fullmatch(code):
        return FaultyError()
    return RefusedError(code, SENTENCES.get(code, f"Slack has refused it ({code})."))
