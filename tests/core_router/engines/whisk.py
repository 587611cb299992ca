"""A small OpenWhisk, shaped by Apache's description of its API: what it runs, and refuses."""

import base64
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Action = Callable[[dict[str, Any]], Any]
STATUS = ("success", "application error", "action developer error", "whisk internal error")
MOST_SENT = 1024 * 1024
MOST_WAIT_MS = 60_000


class DeveloperError(Exception):
    """What OpenWhisk says of an action that broke off."""


@dataclass(frozen=True)
class Asked:
    namespace: str
    action: str
    query: Mapping[str, str]
    body: bytes


@dataclass
class Whisk:
    """`keys`: namespaces by their keys; `waits_s`: after so long it answers 202.

    `refuses`: statuses of the next answers; `is_internal`: whether it fails by itself.
    """

    keys: dict[str, str] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    looks: list[str] = field(default_factory=list)
    refuses: list[int] = field(default_factory=list)
    refuses_looks: list[int] = field(default_factory=list)
    activations: dict[str, dict[str, Any]] = field(default_factory=dict)
    waits_s: float = 60
    is_internal: bool = False
    url: str = ""

    def run(self, activation_id: str, action: Action, args: dict[str, Any]) -> None:
        code, result = self._outcome(action, args)
        response = {"status": STATUS[code], "statusCode": code, "success": not code}
        self.activations[activation_id] = response | {"result": result}

    def _outcome(self, action: Action, args: dict[str, Any]) -> tuple[int, Any]:
        if self.is_internal:
            return 3, {"error": "Activation failed."}
        try:
            result = action(args)
        except DeveloperError as error:
            return 2, {"error": str(error)}
        except Exception as error:  # noqa: BLE001 - as the runtime does with any
            return 1, {"error": str(error)}
        if not isinstance(result, dict):
            return 2, {"error": "The action did not return a dictionary."}
        return int("error" in result), result


class _RefusedError(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, whisk: Whisk) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.whisk = whisk

    def handle_error(self, *_: Any) -> None:
        """Nothing: callers hang up when their time is over."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        self._answer(self._invoke)

    def do_GET(self) -> None:
        self._answer(self._look)

    def _answer(self, do: Callable[[], None]) -> None:
        try:
            do()
        except _RefusedError as refused:
            self._say(refused.status, {"error": str(refused), "code": uuid.uuid4().hex})

    def _invoke(self) -> None:
        whisk, parts = self.server.whisk, urlsplit(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        namespace, name = self._placed("actions")
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        whisk.asked.append(Asked(namespace, name, query, body))
        if whisk.refuses:
            raise _RefusedError(whisk.refuses.pop(0), "No.")
        if not 0 < int(query.get("timeout", MOST_WAIT_MS)) <= MOST_WAIT_MS:
            raise _RefusedError(400, "Timeout must be number of milliseconds up to 60000.")
        if len(body) > MOST_SENT:
            raise _RefusedError(413, "Request larger than allowed.")
        if not isinstance(args := json.loads(body), dict):
            raise _RefusedError(400, "The request content was malformed.")
        if name not in whisk.actions:
            raise _RefusedError(404, "The requested resource does not exist.")
        activation_id = uuid.uuid4().hex
        runs = threading.Thread(
            target=whisk.run, args=(activation_id, whisk.actions[name], args), daemon=True
        )
        runs.start()
        if query.get("blocking") == "true":
            runs.join(min(whisk.waits_s, int(query.get("timeout", MOST_WAIT_MS)) / 1000))
        response = whisk.activations.get(activation_id)
        if response is None:
            return self._say(202, {"activationId": activation_id})
        status = (200, 502, 502, 500)[response["statusCode"]]
        record = {"activationId": activation_id, "namespace": namespace, "name": name}
        times = {"start": int(time.time() * 1000), "logs": [], "annotations": []}
        return self._say(status, record | times | {"response": response})

    def _look(self) -> None:
        whisk = self.server.whisk
        _, path = self._placed("activations")
        whisk.looks.append(path)
        activation_id, _, part = path.partition("/")
        if whisk.refuses_looks:
            raise _RefusedError(whisk.refuses_looks.pop(0), "No.")
        if part != "result" or activation_id not in whisk.activations:
            raise _RefusedError(404, "The requested resource does not exist.")
        self._say(200, whisk.activations[activation_id] | {"size": 2})

    def _placed(self, collection: str) -> tuple[str, str]:
        """Return the namespace and the rest, to somebody who may be there."""
        kind, _, credentials = self.headers.get("Authorization", "").partition(" ")
        own = self.server.whisk.keys.get(base64.b64decode(credentials).decode())
        if kind != "Basic" or own is None:
            raise _RefusedError(401, "The supplied authentication is invalid.")
        _, api, version, what, namespace, where, rest = unquote(urlsplit(self.path).path).split(
            "/", 6
        )
        if (api, version, what, where) != ("api", "v1", "namespaces", collection):
            raise _RefusedError(404, "The requested resource does not exist.")
        if namespace not in {"_", own}:
            raise _RefusedError(403, "The supplied authentication is not authorized.")
        return own, rest

    def _say(self, status: int, value: Mapping[str, Any]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: pytest shows what matters."""


@contextmanager
def small_whisk() -> Iterator[Whisk]:
    whisk = Whisk()
    server = _Server(whisk)
    whisk.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield whisk
    finally:
        server.shutdown()
        server.server_close()
