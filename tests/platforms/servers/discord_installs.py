from collections.abc import Mapping
from typing import Any

from tests.platforms.servers.base import Asked, Said


class Installs:
    """https://docs.discord.com/developers/topics/oauth2, …/interactions/application-commands."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.settings = settings
        self.codes: dict[str, str] = {}  # code → server
        self.servers: dict[str, str] = {"200000000000000001": "The Rookery"}
        self.commands: dict[str, list[dict[str, Any]]] = {}
        self.revoked: list[str] = []
        self.registrations = 0

    def token(self, asked: Asked) -> Said:
        form = asked.form
        if form.get("client_secret") != self.settings["DISCORD_CLIENT_SECRET"]:
            return Said(401, {"error": "invalid_client"})
        if asked.path.endswith("/revoke"):
            self.revoked.append(form["token"])
            return Said(200, {})
        guild = self.codes.pop(form.get("code", ""), "")
        if not guild or len(form.get("code_verifier", "")) < 43:
            return Said(400, {"error": "invalid_grant"})
        self.servers[guild] = "The Rookery"
        server = {"id": guild, "name": "The Rookery"}
        scope = "bot applications.commands"
        return Said(200, {"access_token": "canary-manager", "scope": scope, "guild": server})

    def answer(self, asked: Asked) -> Said | None:
        """Return nothing for what it is not about."""
        match asked.method, asked.path.strip("/").split("/"):
            case "GET", ["guilds", guild]:
                return self._known(guild) or Said(200, {"id": guild})
            case "DELETE", ["users", "@me", "guilds", guild]:
                return self._known(guild) or self._left(guild)
            case "PUT", ["applications", application, "guilds", guild, "commands"]:
                assert application == self.settings["DISCORD_CLIENT_ID"]
                assert len(asked.list) <= 100
                self.registrations += 1
                self.commands[guild] = asked.list
                return self._known(guild) or Said(200, asked.list)
        return None

    def _known(self, guild: str) -> Said | None:
        if guild in self.servers:
            return None
        return Said(404, {"code": 10004, "message": "Unknown Guild"})

    def _left(self, guild: str) -> Said:
        del self.servers[guild]
        return Said(204)
