"""A small AWS: it runs functions by AWS's own runtime client, and refuses what AWS refuses."""

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.core_router.engines.aws.runtime import Function
from tests.core_router.engines.aws.signing import BadSignatureError, signer_of

ACCOUNT = "123456789012"
MOST_SENT = 6 * 1024 * 1024
ROLE = f"arn:aws:iam::{ACCOUNT}:role/waddlebot-rookery"


@dataclass
class Asked:
    """An invocation, as it came over the wire."""

    name: str
    kind: str
    qualifier: str
    key_id: str
    region: str
    body: bytes


@dataclass
class Aws:
    """`trusts`: the external id that each role wants; `throttled`: calls still refused.

    `patience`: the headers that come with that.
    """

    keys: dict[str, str] = field(default_factory=lambda: {"AKIDSERVER000000": "s" * 40})
    functions: dict[str, Function] = field(default_factory=dict)
    trusts: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    assumed: list[dict[str, str]] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    connections: int = 0
    throttled: int = 0
    patience: dict[str, str] = field(default_factory=dict)
    fails: list[tuple[int, str]] = field(default_factory=list)
    url: str = ""


class _RefusedError(Exception):
    def __init__(self, status: int, code: str, **headers: str) -> None:
        super().__init__(code)
        self.status, self.code, self.headers = status, code, headers


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, aws: Aws) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.aws = aws

    def handle_error(self, *_: Any) -> None:
        """Nothing: callers hang up when their time is over."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.aws.connections += 1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_lambda = self.path.startswith("/2015-03-31/functions/")
        try:
            (self._invoke if is_lambda else self._assume)(body)
        except _RefusedError as refused:
            if is_lambda:
                self._say(
                    refused.status,
                    json.dumps({"Type": "User", "Message": "No."}).encode(),
                    **{"x-amzn-ErrorType": refused.code, **refused.headers},
                )
            else:
                self._say(refused.status, ERROR.format(code=refused.code).encode())

    def _invoke(self, body: bytes) -> None:
        aws, parts = self.server.aws, urlsplit(self.path)
        key_id, region = self._signer("lambda", body)
        if len(body) > MOST_SENT:
            raise _RefusedError(413, "RequestTooLargeException")
        if aws.throttled:
            aws.throttled -= 1
            raise _RefusedError(429, "TooManyRequestsException", **aws.patience)
        if aws.fails:
            raise _RefusedError(*aws.fails.pop(0))
        name = unquote(parts.path.split("/")[3])
        kind = self.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        qualifier = parse_qs(parts.query).get("Qualifier", [""])[0]
        aws.asked.append(Asked(name, kind, qualifier, key_id, region, body))
        function = aws.functions.get(name.rpartition("function:")[2])
        if function is None or qualifier not in {"", "$LATEST"}:
            raise _RefusedError(404, "ResourceNotFoundException")
        request_id = str(uuid.uuid4())
        if kind == "Event":
            threading.Thread(target=function.run, args=(request_id, body), daemon=True).start()
            return self._say(202, b"", **{"x-amzn-RequestId": request_id})
        answer, error = function.run(request_id, body)
        failed = {"X-Amz-Function-Error": error} if error else {}
        return self._say(200, answer, **{"x-amzn-RequestId": request_id}, **failed)

    def _assume(self, body: bytes) -> None:
        aws = self.server.aws
        self._signer("sts", body)
        asked = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        aws.assumed.append(asked)
        wanted = aws.trusts.get(asked["RoleArn"])
        if wanted is None or wanted != asked.get("ExternalId"):
            raise _RefusedError(403, "AccessDenied")
        key_id, token = f"ASIA{uuid.uuid4().hex[:12].upper()}", uuid.uuid4().hex
        aws.keys[key_id], aws.tokens[key_id] = "t" * 40, token
        self._say(200, ASSUMED.format(key_id=key_id, secret="t" * 40, token=token).encode())

    def _signer(self, service: str, body: bytes) -> tuple[str, str]:
        aws = self.server.aws
        try:
            signer = signer_of(self.path, dict(self.headers), body, keys=aws.keys, service=service)
        except BadSignatureError as error:
            raise _RefusedError(403, str(error)) from None
        if aws.tokens.get(signer.key_id) != self.headers.get("X-Amz-Security-Token"):
            raise _RefusedError(403, "UnrecognizedClientException")
        return signer.key_id, signer.region

    def _say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: pytest shows what matters."""


ERROR = "<ErrorResponse><Error><Code>{code}</Code><Message>No.</Message></Error></ErrorResponse>"
ASSUMED = (
    '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>'
    "<Credentials><AccessKeyId>{key_id}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>"
    "<SessionToken>{token}</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration>"
    "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
)


@contextmanager
def small_aws() -> Iterator[Aws]:
    aws = Aws()
    server = _Server(aws)
    aws.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield aws
    finally:
        server.shutdown()
        server.server_close()
