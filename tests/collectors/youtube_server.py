"""A YouTube with one live chat: https://developers.google.com/youtube/v3/live/docs."""

from typing import Any, Final

from aiohttp import web

from tests.collectors.serving import PlatformServer

CHANNEL: Final = "UCrookery"
AUTHOR: Final = {"channelId": "UCalice", "displayName": "Alice", "isChatModerator": True}


class YouTubeServer(PlatformServer):
    def __init__(self) -> None:
        super().__init__()
        self.refresh = "good"
        self.token = "first"
        self.is_over = False
        self._items: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/token", self._renew),
            web.get("/youtube/v3/liveBroadcasts", self._broadcasts),
            web.get("/youtube/v3/liveChat/messages", self._messages),
            web.route("*", "/youtube/v3/{path:.*}", self._note),
        ]

    def writes(self, text: str, kind: str = "textMessageEvent", **rest: Any) -> None:
        snippet = {"type": kind, "displayMessage": text, "publishedAt": "2026-11-23T10:00:00Z"}
        item = {"id": f"m{len(self._items)}", "snippet": snippet | rest, "authorDetails": AUTHOR}
        self._items.append(item)

    async def _renew(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form["refresh_token"] != self.refresh:
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"access_token": self.token, "expires_in": 3599})

    async def _broadcasts(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        snippet = {"channelId": CHANNEL, "liveChatId": "chat1"}
        return web.json_response({"items": [{"snippet": snippet}]})

    async def _messages(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        if self.is_over:
            error = {"errors": [{"reason": "liveChatEnded"}], "code": 403}
            return web.json_response({"error": error}, status=403)
        seen = int(request.query.get("pageToken") or 0)
        self.done.put(("polled", seen))
        page = {"nextPageToken": str(len(self._items)), "pollingIntervalMillis": 10}
        return web.json_response({**page, "items": self._items[seen:]})

    async def _note(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else dict(request.query)
        self.done.put((f"{request.method} {request.match_info['path']}", body))
        return web.json_response({}) if request.method == "POST" else web.Response(status=204)

    def _refused(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") == f"Bearer {self.token}":
            return None
        return web.json_response({"error": {"code": 401}}, status=401)
