from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.platforms.servers.base import Asked, Said
from tests.platforms.servers.windows import Window

SILENT_FOR = timedelta(days=28, minutes=1)


@dataclass(frozen=True)
class Posted:
    channel: str
    text: str
    reply_to: str = ""


@dataclass
class DiscordChat:
    """https://docs.discord.com/developers/resources/message#create-message, …/resources/guild."""

    guild: str
    reasons: list[str]
    channels: set[str] = field(default_factory=lambda: {"400000000000000001"})
    lines: list[Posted] = field(default_factory=list)
    messages: set[str] = field(default_factory=lambda: {"500000000000000001"})
    bans: set[str] = field(default_factory=set)
    silenced: dict[str, str] = field(default_factory=dict)
    nonces: set[str] = field(default_factory=set)
    above: set[str] = field(default_factory=set)  # accounts the bot may do nothing to
    everybody: Window = field(default_factory=lambda: Window(50, 1))
    each: dict[str, Window] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Said | None:
        """Return nothing for what it is not about."""
        match asked.method, asked.path.strip("/").split("/"):
            case _, ["channels", channel, "messages", *rest] if channel in self.channels:
                return self._channel(channel, rest, asked.json)
            case method, ["guilds", self.guild, "bans", id_]:
                self.reasons.append(asked.headers.get("x-audit-log-reason", ""))
                return self._ban(method, id_)
            case "PATCH", ["guilds", self.guild, "members", id_]:
                self.reasons.append(asked.headers.get("x-audit-log-reason", ""))
                return self._silence(id_, asked.json)
        return None

    def _channel(self, channel: str, rest: list[str], message: Mapping[str, Any]) -> Said:
        if rest:
            if rest[0] not in self.messages:
                return _no(404, 10008, "Unknown Message")
            self.messages.discard(rest[0])
            return Said(204)
        if limited := self._limited(channel):
            return limited
        if not 0 < len(message["content"]) <= 2000:
            return _no(400, 50035, "Invalid Form Body")
        assert message["allowed_mentions"]["parse"] == []
        reference = message.get("message_reference", {})
        if not reference or message["allowed_mentions"]["replied_user"] is False:
            self._keep(channel, message, reference)
        return Said(200, {"id": "300000000000000001"}, self._left(channel))

    def _ban(self, method: str, who: str) -> Said:
        if who in self.above:
            return _no(403, 50013, "Missing Permissions")
        if method == "DELETE" and who not in self.bans:
            return _no(404, 10026, "Unknown Ban")
        (self.bans.add if method == "PUT" else self.bans.discard)(who)
        return Said(204)

    def _silence(self, who: str, change: Mapping[str, Any]) -> Said:
        if who in self.above:
            return _no(403, 50013, "Missing Permissions")
        until = change["communication_disabled_until"]
        self.silenced.pop(who, None)
        if until is not None:
            assert datetime.fromisoformat(until) <= datetime.now(UTC) + SILENT_FOR
            self.silenced[who] = until
        return Said(200, {"communication_disabled_until": until})

    def _keep(
        self, channel: str, message: Mapping[str, Any], reference: Mapping[str, Any]
    ) -> None:
        nonce = message.get("nonce")
        if message.get("enforce_nonce") and nonce in self.nonces:
            return
        self.nonces.add(str(nonce))
        self.lines.append(Posted(channel, message["content"], reference.get("message_id", "")))

    def _limited(self, channel: str) -> Said | None:
        """5 in 5 s in each channel, as Discord has them; it says how many are left."""
        if not self.everybody.has_room():
            body = {"message": "You are being rate limited.", "retry_after": 1.0, "global": True}
            return Said(429, body, {"X-RateLimit-Global": "true", "Retry-After": "1"})
        window = self.each.setdefault(channel, Window(5, 5))
        if window.has_room():
            return None
        body = {"message": "You are being rate limited.", "retry_after": 5.0, "global": False}
        return Said(429, body, {"Retry-After": "5", "X-RateLimit-Scope": "user"})

    def _left(self, channel: str) -> dict[str, str]:
        window = self.each[channel]
        return {
            "X-RateLimit-Remaining": str(window.left),
            "X-RateLimit-Reset-After": str(window.seconds),
        }


def _no(status: int, code: int, message: str) -> Said:
    return Said(status, {"message": message, "code": code})
