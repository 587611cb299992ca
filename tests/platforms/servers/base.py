"""What the servers have in common: who asked what, and the troubles of the world."""

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, urlsplit

from pytest_django import Settings


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    many: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def json(self) -> dict[str, Any]:
        kind = self.headers.get("content-type", "")
        return json.loads(self.body) if self.body and kind.startswith("application/json") else {}

    @property
    def list(self) -> list[dict[str, Any]]:
        found = json.loads(self.body)
        assert isinstance(found, list)
        return found

    @property
    def form(self) -> dict[str, str]:
        kind = self.headers.get("content-type", "")
        is_form = kind.startswith("application/x-www-form-urlencoded")
        return dict(parse_qsl(self.body.decode())) if is_form else {}


@dataclass(frozen=True)
class Said:
    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def raw(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Sent:
    to: str
    text: str


class HungUpError(Exception):
    """Nothing is answered."""


Trouble = Callable[["PlatformServer"], Said]


def says(status: int, body: object = None, **headers: str) -> Trouble:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Said(status, body, named)


def hangs_up(_: "PlatformServer") -> Said:
    raise HungUpError


def is_silent(server: "PlatformServer") -> Said:
    server.closing.wait(30)
    raise HungUpError


class PlatformServer(ABC):
    settings: Mapping[str, str]
    addresses: tuple[str, ...]

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.trouble: Trouble | None = None
        self.trouble_after: Trouble | None = None  # once it has done what it was asked to
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def environment(self) -> dict[str, str]:
        """Return what points a product here."""
        hosts = {"ENGINE_ALLOWED_HOSTS": "127.0.0.1"}
        return hosts | dict(self.settings) | dict.fromkeys(self.addresses, self.url)

    def configure(self, settings: Settings) -> None:
        for name, value in self.environment.items():
            setattr(settings, name, [value] if name == "ENGINE_ALLOWED_HOSTS" else value)

    def hear(self, asked: Asked) -> Said:
        self.asked.append(asked)
        said = self.trouble(self) if self.trouble else self.answer(asked)
        return self.trouble_after(self) if self.trouble_after and asked.method != "GET" else said

    @abstractmethod
    def answer(self, asked: Asked) -> Said: ...


def _handler(server: PlatformServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            self.close_connection = True
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(parts.query))
            body = self.rfile.read(length)
            try:
                many = parse_qs(parts.query)
                asked = Asked(self.command, parts.path, query, headers, body, many)
                self._say(server.hear(asked))
            except (HungUpError, OSError):
                return

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - http.server's names

        def _say(self, said: Said) -> None:
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            if said.status != 204:
                self.send_header("Content-Length", str(len(said.raw)))
            self.end_headers()
            self.wfile.write(said.raw)

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002
            """Say nothing: the tests read what is logged."""

    return Handler
