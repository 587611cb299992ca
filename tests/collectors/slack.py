"""A Slack that is small: https://docs.slack.dev/apis/events-api/using-socket-mode."""

from typing import Any, Final

from aiohttp import WSMsgType, web

from tests.collectors.serving import PlatformServer

APP_TOKEN: Final = "xapp-token"
BOT_TOKEN: Final = "xoxb-token"


class SlackServer(PlatformServer):
    def __init__(self, team: str, channel: str) -> None:
        super().__init__()
        self.team, self.channel = team, channel
        self.refuses = ""
        self.busy_once = False
        self._number = 0

    @property
    def settings(self) -> dict[str, str]:
        return {
            "SLACK_API_URL": f"http://127.0.0.1:{self.port}/api",
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_BOT_TOKEN": BOT_TOKEN,
        }

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/api/apps.connections.open", self._open),
            web.get("/link", self._link),
            web.route("*", "/api/{method}", self._method),
        ]

    def writes(self, text: str, **rest: Any) -> None:
        """Have alice write something in the channel."""
        self._number += 1
        told = {
            "type": "message", "user": "U42", "text": text, "channel": self.channel,
            "ts": f"1700000000.00010{self._number}", "event_ts": f"1700000000.00010{self._number}",
        }  # fmt: skip
        event = told | rest
        payload = {
            "team_id": self.team,
            "event_id": f"Ev{self.channel}{self._number}",
            "event": event,
        }
        self._envelope("events_api", payload)

    def slashes(self, command: str, text: str) -> None:
        self._envelope("slash_commands", {
            "command": command, "text": text, "team_id": self.team, "channel_id": self.channel,
            "user_id": "U42", "user_name": "alice", "trigger_id": f"133.{self.channel}",
        })  # fmt: skip

    def _envelope(self, kind: str, payload: dict[str, Any]) -> None:
        self.says({"envelope_id": f"e{self._number}", "type": kind, "payload": payload})

    async def _open(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {APP_TOKEN}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        return web.json_response({"ok": True, "url": f"ws://127.0.0.1:{self.port}/link"})

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        self.sockets.append(socket)
        self.done.put(("connected", None))
        async for frame in socket:
            if frame.type is WSMsgType.TEXT and frame.data.startswith("{"):
                self.done.put(("acknowledged", frame.json()["envelope_id"]))
        return socket

    async def _method(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        is_json = request.content_type == "application/json"
        body = await request.json() if is_json else dict(await request.post())
        if self.busy_once and method == "chat.postMessage":
            self.busy_once = False
            headers = {"Retry-After": "1"}
            return web.json_response({"ok": False}, status=429, headers=headers)
        self.done.put((method, body))
        if self.refuses:
            return web.json_response({"ok": False, "error": self.refuses})
        user = {"id": "U42", "name": "alice", "is_admin": True, "profile": {"display_name": "Al"}}
        return web.json_response({"ok": True, "user": user, "team_id": self.team})
