"""A small server that remembers what it was sent."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Hearer(ThreadingHTTPServer):
    """Answers each event with its own id, and `outcome`."""

    daemon_threads = True
    outcome = "ignored"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answerer)
        self.heard: list[Any] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def ids(self) -> list[str]:
        return [event["event_id"] for event in self.heard]


class Answerer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hearer

    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.heard.append(event)
        body = f'{{"event_id":"{event["event_id"]}","outcome":"{self.server.outcome}"}}'.encode()
        self.send_response(200)
        # As granian writes it, and as the generator looks for it.
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def server() -> Iterator[Hearer]:
    with Hearer() as hearer:
        thread = threading.Thread(target=hearer.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield hearer
        hearer.shutdown()
        thread.join()
