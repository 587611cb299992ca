"""A Discord on this machine: 50 requests a second, and 5 lines in 5 s in each channel."""

import json
import threading
from collections import defaultdict, deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Final

EVERYBODY: Final = (50, 1.0)
CHANNEL: Final = (5, 5.0)


class Window:
    """So many in so many seconds, counted exactly."""

    def __init__(self, count: int, seconds: float) -> None:
        self.count, self.seconds = count, seconds
        self.moments: deque[float] = deque()

    def has_room(self) -> bool:
        now = monotonic()
        while self.moments and self.moments[0] <= now - self.seconds:
            self.moments.popleft()
        if len(self.moments) >= self.count:
            return False
        self.moments.append(now)
        return True


class Discord:
    def __init__(self) -> None:
        self.refused = 0
        self.lines: defaultdict[str, list[int]] = defaultdict(list)
        self.bans: dict[str, float] = {}  # account → when
        self._everybody = Window(*EVERYBODY)
        self._channels: defaultdict[str, Window] = defaultdict(lambda: Window(*CHANNEL))
        self._counting = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def hear(self, path: str, body: bytes) -> tuple[int, dict[str, str]]:
        """Return the status and what is told of the limit."""
        kind, place, what, *rest = path.strip("/").split("/")
        with self._counting:
            if not self._everybody.has_room():
                self.refused += 1
                return 429, {"X-RateLimit-Global": "true", "Retry-After": "1"}
            if what == "bans":
                self.bans[rest[0]] = monotonic()
                return 204, {}
            window = self._channels[place]
            if not window.has_room():
                self.refused += 1
                return 429, {"Retry-After": "5"}
            self.lines[place].append(int(json.loads(body)["content"]))
            left, reset = window.count - len(window.moments), window.seconds
            told = {"X-RateLimit-Remaining": str(left), "X-RateLimit-Reset-After": str(reset)}
            return 200 if kind == "channels" else 404, told


def _handler(discord: Discord) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            self.close_connection = True
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, told = discord.hear(self.path, body)
            self.send_response(status)
            for name, value in told.items():
                self.send_header(name, value)
            if status != 204:  # noqa: PLR2004
                self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"" if status == 204 else b"{}")  # noqa: PLR2004

        do_PUT = do_POST = _serve  # noqa: N815 - http.server's names

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002
            """Say nothing."""

    return Handler
