import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.platforms.servers.base import Asked, Said
from tests.platforms.servers.twitch_channels import twitch
from tests.platforms.servers.windows import Window

CHAT = "/helix/chat/messages"
BANS = "/helix/moderation/bans"
SCOPES = {
    CHAT: "user:write:chat",
    BANS: "moderator:manage:banned_users",
    "/helix/moderation/chat": "moderator:manage:chat_messages",
    "/helix/moderation/warnings": "moderator:manage:warnings",
}


@dataclass(frozen=True)
class ChatLine:
    channel: str
    text: str
    reply_to: str = ""


@dataclass
class Chats:
    """https://dev.twitch.tv/docs/api/reference/#send-chat-message, …/#ban-user, and so on."""

    users: Mapping[str, str]
    lines: list[ChatLine] = field(default_factory=list)
    bans: dict[str, int | None] = field(default_factory=dict)  # account → seconds, None for ever
    warnings: dict[str, str] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    messages: set[str] = field(default_factory=lambda: {"m1"})
    moderators: set[str] = field(default_factory=lambda: {"1"})
    drop_reason: str = ""
    everybody: Window = field(default_factory=lambda: Window(20, 30))
    done_by: list[str] = field(default_factory=list)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def answer(self, asked: Asked, owner: str) -> Said:
        if asked.path == CHAT:
            return self._say(asked.json, owner)
        query, about = asked.query, asked.json.get("data", {})
        channel, who = query.get("broadcaster_id"), query.get("moderator_id", "")
        self.done_by.append(who)
        refusals = [
            (channel not in self.users, 400, "The ID in broadcaster_id was not found."),
            (who != owner, 401, "The ID in moderator_id must match the user ID in the token."),
            (
                who not in self.moderators | {channel},
                403,
                "The user in moderator_id is not one of the broadcaster's moderators.",
            ),
        ]
        for is_so, status, why in refusals:
            if is_so:
                return twitch(status, "", why)
        match asked.method, asked.path.rpartition("/")[2]:
            case "POST", "warnings":
                self.warnings[about["user_id"]] = about["reason"]
                return Said(200, {"data": [about]})
            case "DELETE", "chat":
                return self._delete(query.get("message_id", ""))
            case "POST", "bans":
                return self._ban(about, channel)
            case _:
                return self._unban(query.get("user_id", ""))

    def _say(self, message: Mapping[str, str], owner: str) -> Said:
        text, channel = message.get("message", ""), message.get("broadcaster_id", "")
        if message.get("sender_id") != owner:
            return twitch(401, "Unauthorized", "The ID in sender_id must match the token.")
        if channel not in self.users or not 0 < len(text) <= 500:
            return twitch(400, "Bad Request", "The message or its place is not valid.")
        if not self.everybody.has_room():
            return twitch(429, "Too Many Requests", "Message rate limit exceeded.")
        if self.drop_reason:
            why = {"code": self.drop_reason, "message": "Your message was not sent."}
            row: Mapping[str, object] = {"message_id": "", "is_sent": False, "drop_reason": why}
            return Said(200, {"data": [row]})
        self.lines.append(ChatLine(channel, text, message.get("reply_parent_message_id", "")))
        row = {"message_id": f"said-{next(self.numbers)}", "is_sent": True, "drop_reason": None}
        return Said(200, {"data": [row]})

    def _delete(self, message_id: str) -> Said:
        if message_id not in self.messages:
            return twitch(404, "Not Found", "The ID in message_id was not found.")
        self.messages.discard(message_id)
        self.deleted.append(message_id)
        return Said(204)

    def _ban(self, about: Mapping[str, object], channel: str | None) -> Said:
        who, lasts = str(about["user_id"]), about.get("duration")
        if who == channel:
            return twitch(
                400, "Bad Request", "The user specified in the user_id field may not be banned."
            )
        if who in self.bans and self.bans[who] is None:
            return twitch(
                400, "Bad Request", "The user specified in the user_id field is already banned."
            )
        assert lasts is None or (isinstance(lasts, int) and 1 <= lasts <= 1_209_600)
        self.bans[who] = lasts
        return Said(200, {"data": [{"broadcaster_id": channel, "user_id": who}]})

    def _unban(self, who: str) -> Said:
        if self.bans.pop(who, "") == "":
            return twitch(400, "Bad Request", "user is not banned")
        return Said(204)
