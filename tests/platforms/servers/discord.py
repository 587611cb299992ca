from collections.abc import Mapping
from typing import Any

from tests.platforms.servers.base import Asked, PlatformServer, Said, Sent
from tests.platforms.servers.discord_chat import DiscordChat
from tests.platforms.servers.discord_installs import Installs


class DiscordServer(PlatformServer):
    """https://docs.discord.com/developers/resources/user, …/resources/message, …/guild."""

    addresses = ("DISCORD_API_URL",)
    settings = {
        "DISCORD_BOT_TOKEN": "canary-discord-token",
        "DISCORD_CLIENT_ID": "600000000000000001",
        "DISCORD_CLIENT_SECRET": "canary-discord-secret",
    }

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Sent] = []
        self.users = {"100000000000000042": "alice", "100000000000000043": "bob"}
        self.bots: set[str] = set()
        self.refusals: dict[str, tuple[int, int, str]] = {}  # recipient → status, code, message
        self.headers: dict[str, str] = {}
        self.guild, self.role = "200000000000000001", "300000000000000001"
        # Who has which roles; the bot may give those that are below its own.
        self.members: dict[str, set[str]] = {id_: set() for id_ in self.users}
        self.givable = {self.role}
        self.above = {"300000000000000009"}
        self.reasons: list[str] = []
        self.chat = DiscordChat(self.guild, self.reasons)
        self.installs = Installs(self.settings)

    def answer(self, asked: Asked) -> Said:
        if asked.path.startswith("/oauth2/"):
            return self.installs.token(asked)
        if stranger := self._stranger(asked):
            return stranger
        return self.chat.answer(asked) or self.installs.answer(asked) or self._of_people(asked)

    def codes_of(self, codes: Mapping[str, str]) -> None:
        """Let managers say yes: a code each, and the server it is for."""
        self.installs.codes.update(codes)

    def _of_people(self, asked: Asked) -> Said:
        match asked.method, asked.path.strip("/").split("/"):
            case "GET", ["users", id_]:
                return self._user(id_)
            case "POST", ["users", "@me", "channels"]:
                return self._open(str(asked.json.get("recipient_id", "")))
            case "POST", ["channels", channel, "messages"]:
                return self._post(channel, asked.json)
            case method, ["guilds", guild, "members", id_, *rest]:
                return self._absent(guild, id_) or self._member(method, id_, rest, asked)
        return _discord(404, 0, "404: Not Found")

    def _stranger(self, asked: Asked) -> Said | None:
        if asked.headers.get("authorization") != f"Bot {self.settings['DISCORD_BOT_TOKEN']}":
            return _discord(401, 0, "401: Unauthorized")
        if not asked.headers.get("user-agent", "").startswith("DiscordBot ("):
            return _discord(403, 40333, "internal network error")
        return None

    def _absent(self, guild: str, id_: str) -> Said | None:
        if guild != self.guild:
            return _discord(404, 10004, "Unknown Guild")
        if id_ not in self.users:
            return _discord(404, 10013, "Unknown User")
        if id_ not in self.members:
            return _discord(404, 10007, "Unknown Member")
        return None

    def _member(self, method: str, id_: str, rest: list[str], asked: Asked) -> Said:
        if method == "GET":
            user = {"id": id_, "username": self.users[id_]}
            return Said(200, {"user": user, "roles": sorted(self.members[id_])}, self.headers)
        assert (method in {"PUT", "DELETE"}, rest[0]) == (True, "roles")
        self.reasons.append(asked.headers.get("x-audit-log-reason", ""))
        role = rest[1]
        if role in self.above:
            return _discord(403, 50013, "Missing Permissions")
        if role not in self.givable:
            return _discord(404, 10011, "Unknown Role")
        (self.members[id_].add if method == "PUT" else self.members[id_].discard)(role)
        return Said(204, None, self.headers)

    def _user(self, id_: str) -> Said:
        if id_ not in self.users:
            return _discord(404, 10013, "Unknown User")
        name = self.users[id_]
        bot = {"bot": True} if id_ in self.bots else {}
        return Said(200, {"id": id_, "username": name, "global_name": name.title(), **bot})

    def _open(self, recipient: str) -> Said:
        if recipient not in self.users:
            return _discord(400, 50033, "Invalid Recipient(s)")
        channel = _swap(recipient, "1", "2")
        return Said(200, {"id": channel, "type": 1, "recipients": [{"id": recipient}]})

    def _post(self, channel: str, message: Mapping[str, Any]) -> Said:
        recipient, content = _swap(channel, "2", "1"), str(message.get("content", ""))
        if recipient not in self.users:
            return _discord(404, 10003, "Unknown Channel")
        if recipient in self.refusals:
            return _discord(*self.refusals[recipient])
        if not 0 < len(content) <= 2000:
            return _discord(400, 50035, "Invalid Form Body")
        assert message["allowed_mentions"] == {"parse": []}
        self.messages.append(Sent(recipient, content))
        return Said(200, {"id": "300000000000000001", "channel_id": channel}, self.headers)


def _swap(id_: str, old: str, new: str) -> str:
    return new + id_[1:] if id_.startswith(old) else ""


def _discord(status: int, code: int, message: str) -> Said:
    return Said(status, {"message": message, "code": code})
