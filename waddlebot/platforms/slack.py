"""Slack: private messages from the bot, and user groups.

https://docs.slack.dev/reference/methods/conversations.open and …/chat.postMessage.
"""

import re
from collections.abc import Sequence
from typing import Final

from django.conf import settings

from waddlebot.platforms import slack_chat, slack_roles
from waddlebot.platforms.base import Account, Platform, TokenFacts
from waddlebot.platforms.errors import ClosedError, FaultyError, RefusedError
from waddlebot.platforms.limits import demand
from waddlebot.platforms.outcomes import Capability
from waddlebot.platforms.roles import DONE, RoleChange, Seat, Token, change_of
from waddlebot.platforms.slack_calls import ask
from waddlebot.platforms.speaking import Deed, Line, Spot, warning_of

MEMBER: Final = re.compile(r"[UW][A-Z0-9]{2,30}")
UNKNOWN: Final = frozenset({"user_not_found", "users_not_found", "user_not_visible"})
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
    server_ids = slack_roles.TEAM
    roles = slack_roles.USER_GROUP
    roles_at_once = 500
    takes_tokens = True
    message_ids = re.compile(r"[0-9]{1,20}\.[0-9]{1,10}")
    deeds = slack_chat.DEEDS

    def capabilities(self) -> frozenset[Capability]:
        can = {
            Capability.CHAT, Capability.DIRECT_MESSAGE, Capability.MODERATE, Capability.ROLES,
        }  # fmt: skip
        return frozenset(can if settings.SLACK_BOT_TOKEN else ())

    def find_account(self, name: str) -> Account | None:
        """Find by member id: Slack looks nobody up by name, and an e-mail proves nothing."""
        id_ = name.strip().upper()
        if not self.capabilities() or not MEMBER.fullmatch(id_):
            return None
        try:
            answer = ask("GET", "users.info", {"user": id_}, refusal_of=_refusal_of)
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

    def _send_direct_message(self, account_id: str, text: str, token: Token | None) -> None:
        users = {"users": account_id}
        opened = ask(
            "POST", "conversations.open", users, refusal_of=_refusal_of, token=token or ""
        )
        channel = opened.text("channel", "id")
        if not channel:
            raise FaultyError
        demand(slack_chat.resting(channel))
        message = {"channel": channel, "text": slack_chat.plain(text)}
        ask("POST", "chat.postMessage", message, refusal_of=_refusal_of, token=token or "")

    def _send_chat(self, spot: Spot, line: Line) -> None:
        slack_chat.say(spot, line)

    def _moderate(self, spot: Spot, deed: Deed) -> None:
        if deed.action == "delete":
            slack_chat.delete(spot, deed)
        else:
            self._send_direct_message(deed.account_id, warning_of(deed), spot.token)

    def examine_token(self, access: str) -> TokenFacts:
        id_, name, scopes = slack_roles.whose(access)
        return TokenFacts(id_, name, scopes)

    def _demand(self, seat: Seat) -> None:
        super()._demand(seat)
        slack_roles.demand_team(seat)

    def _holders(self, seat: Seat, account_ids: Sequence[str]) -> frozenset[str]:
        return slack_roles.members(seat).intersection(account_ids)

    def _change_roles(
        self, seat: Seat, give: Sequence[str], take: Sequence[str], reason: str
    ) -> dict[str, RoleChange]:
        """Change all in one call. Of many, Slack does not say who it would not take."""
        try:
            left = slack_roles.change(seat, frozenset(give), frozenset(take))
        except ClosedError:
            raise
        except RefusedError:
            return super()._change_roles(seat, give, take, reason)
        stuck = change_of(slack_roles.LAST_MEMBER())
        return {each: stuck if each in left else DONE for each in (*take, *give)}

    def _give_role(self, seat: Seat, account_id: str, *, reason: str) -> None:
        slack_roles.change(seat, {account_id}, frozenset())

    def _take_role(self, seat: Seat, account_id: str, *, reason: str) -> None:
        if slack_roles.change(seat, frozenset(), {account_id}):
            raise slack_roles.LAST_MEMBER()


def _refusal_of(code: str) -> RefusedError:
    return RefusedError(code, SENTENCES.get(code, f"Slack has refused it ({code})."))
