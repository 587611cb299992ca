"""A module that answers at once, later, or as a hook, and keeps by which ids it was told."""

import http.client
import json
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

LONGEST_PAUSE_S: Final = 1.0
TRY_AGAIN_S: Final = 0.2
TAKEN: Final = frozenset({200, 409})


class Module(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, api_port: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.api_port = api_port
        self.ids_of: dict[str, set[str]] = defaultdict(set)

    def answer_later(self, call: Mapping[str, Any]) -> None:
        """Answer until it is taken, however often the server dies meanwhile."""
        time.sleep(random.uniform(0, LONGEST_PAUSE_S))  # noqa: S311 - no secret
        ids = {name: call[name] for name in ("execution_id", "session_id")}
        body = json.dumps({**ids, "text": f"later {call['raw_args']}"})
        headers = {
            "Authorization": f"Bearer {call['response_token']}",
            "Content-Type": "application/json",
        }
        while self._post(body, headers) not in TAKEN:
            time.sleep(TRY_AGAIN_S)

    def _post(self, body: str, headers: Mapping[str, str]) -> int:
        link = http.client.HTTPConnection("127.0.0.1", self.api_port, timeout=10)
        try:
            link.request("POST", "/router/v1/responses", body, dict(headers))
            return link.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            link.close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Module

    def do_POST(self) -> None:
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.ids_of[call["event"]["event_id"]].add(self.headers["webhook-id"])
        match self.path:
            case "/later":
                threading.Thread(target=self.server.answer_later, args=(call,)).start()
                self._say(202)
            case "/told":
                self._say(200, {"text": f"told {call['event']['event_id']}"})
            case _:
                self._say(200, {"text": f"now {call['raw_args']}"})

    def _say(self, status: int, answer: Mapping[str, str] | None = None) -> None:
        body = json.dumps(answer).encode() if answer else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: the table says what matters."""


@contextmanager
def module(api_port: int) -> Iterator[Module]:
    server = Module(api_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
