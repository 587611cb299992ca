"""A module behind an address: it answers as it is told to, and keeps what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Told:
    """What the module answers; `raw` is written as it is instead, and the line is cut."""

    status: int = 200
    body: bytes = b"{}"
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None


Say = Callable[[Asked], Told]


def says(value: Any, status: int = 200) -> Say:
    return lambda _: Told(status, json.dumps(value).encode())


class ModuleServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Asked] = []
        self.say: Say = says({"text": "Hello!"})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hello"

    @property
    def ids(self) -> list[str]:
        """The calls it got, by their ids."""
        return [each.headers["webhook-id"] for each in self.asked]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ModuleServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(headers, body)
        self.server.asked.append(asked)
        told = self.server.say(asked)
        if told.raw is not None:
            self.wfile.write(told.raw)
            self.close_connection = True
            return
        self.send_response(told.status)
        self.send_header("Content-Type", told.content_type)
        self.send_header("Content-Length", str(len(told.body)))
        for name, value in told.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(told.body)

    def log_message(self, *_: Any) -> None:
        """Nothing: pytest shows what matters."""


@contextmanager
def module_server() -> Iterator[ModuleServer]:
    server = ModuleServer()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
