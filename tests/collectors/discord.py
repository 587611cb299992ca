"""A Discord that is small: https://docs.discord.com/developers/events/gateway."""

import json
import time
from typing import Any, Final

from aiohttp import WSMsgType, web

from tests.collectors.serving import PlatformServer

TOKEN: Final = "bot-token"
BOT: Final = {"id": "1", "username": "waddle", "discriminator": "0", "avatar": None, "bot": True}
APPLICATION: Final = {
    "id": "1", "name": "waddle", "icon": None, "description": "", "summary": "", "flags": 0,
    "bot_public": True, "bot_require_code_grant": False, "verify_key": "", "team": None,
    "owner": {"id": "9", "username": "owner", "discriminator": "0", "avatar": None},
}  # fmt: skip
EPOCH_MS: Final = 1_420_070_400_000
EVERYBODY: Final = 0x800
HELLO, IDENTIFY, HEARTBEAT, RESUME = 10, 2, 1, 6


class DiscordServer(PlatformServer):
    def __init__(self, server: str, channel: str) -> None:
        super().__init__()
        self.server, self.channel = server, channel
        self.token = TOKEN
        # Of this moment: an old one is answered no more.
        self.interaction = str((int(time.time() * 1000) - EPOCH_MS) << 22)
        self._number = int(self.interaction)

    @property
    def settings(self) -> dict[str, str]:
        return {
            "DISCORD_API_URL": f"http://127.0.0.1:{self.port}",
            "DISCORD_GATEWAY_URL": f"ws://127.0.0.1:{self.port}/gateway",
            "DISCORD_BOT_TOKEN": TOKEN,
        }

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/users/@me", self._me),
            web.get("/oauth2/applications/@me", self._application),
            web.get("/gateway/", self._gateway),
            web.get("/gateway", self._gateway),
            web.route("*", "/{path:.*}", self._note),
        ]

    def writes(self, text: str, **rest: Any) -> None:
        """Have alice write something in the channel."""
        self._number += 1
        self._dispatch("MESSAGE_CREATE", {
            "id": str(self._number), "channel_id": self.channel, "guild_id": self.server,
            "author": person("42", "alice"), "member": member(), "content": text,
            "timestamp": "2026-11-23T10:00:00+00:00", "edited_timestamp": None, "tts": False,
            "mention_everyone": False, "mentions": [], "mention_roles": [], "attachments": [],
            "embeds": [], "pinned": False, "type": 0, **rest,
        })  # fmt: skip

    def slashes(self, name: str, *values: str) -> None:
        options = [{"name": f"o{n}", "type": 3, "value": value} for n, value in enumerate(values)]
        self._dispatch("INTERACTION_CREATE", {
            "id": self.interaction, "application_id": "1", "type": 2, "token": "interaction-token",
            "version": 1, "guild_id": self.server, "channel_id": self.channel, "locale": "en-US",
            "channel": {"id": self.channel, "type": 0, "name": "general"},
            "member": {**member(), "user": person("42", "alice"), "permissions": "0"},
            "data": {"id": "8", "name": name, "type": 1, "options": options},
            "entitlements": [], "authorizing_integration_owners": {}, "attachment_size_limit": 1,
        })  # fmt: skip

    def removes_the_bot(self) -> None:
        self._dispatch("GUILD_DELETE", {"id": self.server})

    def _dispatch(self, kind: str, data: dict[str, Any]) -> None:
        self.says({"op": 0, "t": kind, "s": self._number, "d": data})

    async def _me(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bot {self.token}":
            return answer({"message": "401: Unauthorized", "code": 0}, status=401)
        return answer(BOT)

    async def _application(self, _: web.Request) -> web.Response:
        return answer(APPLICATION)

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": HELLO, "d": {"heartbeat_interval": 41250}})
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                continue
            match frame.json()["op"]:
                case 2:
                    await self._welcome(socket)
                case 6:
                    await socket.send_json({"op": 9, "d": False})
                case 1:
                    await socket.send_json({"op": 11})
        return socket

    async def _welcome(self, socket: web.WebSocketResponse) -> None:
        url = self.settings["DISCORD_GATEWAY_URL"]
        ready = {
            "v": 10, "user": BOT, "session_id": "s", "resume_gateway_url": url,
            "guilds": [{"id": self.server, "unavailable": True}],
            "application": {"id": "1", "flags": 0},
        }  # fmt: skip
        await socket.send_json({"op": 0, "t": "READY", "s": 1, "d": ready})
        await socket.send_json({"op": 0, "t": "GUILD_CREATE", "s": 2, "d": self._guild()})
        self.sockets.append(socket)
        self.done.put(("connected", None))

    def _guild(self) -> dict[str, Any]:
        channel = {
            "id": self.channel, "type": 0, "name": "general", "position": 0,
            "permission_overwrites": [],
        }  # fmt: skip
        everybody = {
            "id": self.server, "name": "@everyone", "permissions": str(EVERYBODY), "position": 0,
            "color": 0, "hoist": False, "managed": False, "mentionable": False, "flags": 0,
            "colors": {"primary_color": 0},
        }  # fmt: skip
        lists = (
            "emojis", "stickers", "features", "voice_states", "presences", "threads",
            "stage_instances", "guild_scheduled_events", "soundboard_sounds",
        )  # fmt: skip
        empty: dict[str, Any] = {name: [] for name in lists}
        return {
            **empty, "id": self.server, "name": "The Rookery", "owner_id": "42",
            "roles": [everybody], "channels": [channel], "member_count": 2,
            "members": [{**member(), "user": BOT}], "verification_level": 0, "mfa_level": 0,
            "default_message_notifications": 0, "explicit_content_filter": 0, "nsfw_level": 0,
            "premium_tier": 0, "preferred_locale": "en-US", "afk_timeout": 300,
            "system_channel_flags": 0, "system_channel_id": self.channel,
        }  # fmt: skip

    async def _note(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else None
        self.done.put((f"{request.method} /{request.match_info['path']}", body))
        if request.method == "DELETE":
            return web.Response(status=204)
        if request.path.endswith("/callback"):
            told = {"id": self.interaction, "type": 2, "response_message_loading": True}
            return answer({"interaction": told})
        return answer({
            "id": "6001", "channel_id": self.channel, "author": BOT, "content": "", "type": 0,
            "timestamp": "2026-11-23T10:00:00+00:00", "edited_timestamp": None, "tts": False,
            "mention_everyone": False, "mentions": [], "mention_roles": [], "attachments": [],
            "embeds": [], "pinned": False,
        })  # fmt: skip


def answer(value: Any, *, status: int = 200) -> web.Response:
    # discord.py reads no JSON when a charset stands behind its name.
    body = json.dumps(value).encode()
    return web.Response(body=body, status=status, content_type="application/json")


def person(id_: str, name: str) -> dict[str, Any]:
    return {"id": id_, "username": name, "discriminator": "0", "avatar": None}


def member() -> dict[str, Any]:
    return {
        "roles": [], "joined_at": "2026-01-01T00:00:00+00:00", "deaf": False, "mute": False,
        "flags": 0, "nick": None,
    }  # fmt: skip
