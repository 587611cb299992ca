"""Where a function runs: AWS's runtime client in a process of its own, and what it talks to."""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Result = tuple[bytes, str]
MOST_ANSWERED = 6 * 1024 * 1024


class Function:
    """One function and its one process, which is made anew when it has died."""

    def __init__(self, code: Path, handler: str, *, timeout_s: float = 3) -> None:
        self.code, self.handler, self.timeout_s = code, handler, timeout_s
        self.waiting: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.results: dict[str, Result] = {}
        self.told = threading.Condition()
        self.running = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.api = _RuntimeApi(self)
        threading.Thread(target=self.api.serve_forever, args=(0.01,), daemon=True).start()

    def run(self, request_id: str, body: bytes) -> Result:
        """Return what it answered, and `Unhandled` when it failed, as AWS does."""
        with self.running:
            self._start()
            self.waiting.put((request_id, body))
            return self._result_of(request_id)

    def tell(self, request_id: str, result: Result) -> None:
        with self.told:
            self.results[request_id] = result
            self.told.notify_all()

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.api.shutdown()
        self.api.server_close()

    def _result_of(self, request_id: str) -> Result:
        process, deadline = self.process, None
        while True:
            with self.told:
                for told in (request_id, "init"):
                    if told in self.results:
                        return self.results.pop(told)
                self.told.wait(0.02)
            # Its time begins when it has been given its work.
            if deadline is None and self.waiting.empty():
                deadline = time.monotonic() + self.timeout_s
            if process is not None and process.poll() is not None:
                return _failure("Runtime.ExitError", "Runtime exited without providing a reason")
            if deadline is not None and time.monotonic() > deadline:
                self._stop()
                text = f"2026-01-01T00:00:00Z {request_id} Task timed out after 3.00 seconds"
                return json.dumps({"errorMessage": text}).encode(), "Unhandled"

    def _start(self) -> None:
        if self.process is not None and self.process.poll() is None:
            return
        self.process = subprocess.Popen(  # noqa: S603 - AWS's runtime client and our functions
            [sys.executable, "-m", "awslambdaric", self.handler],
            cwd=self.code,
            env={
                "PATH": os.environ["PATH"],
                "LAMBDA_TASK_ROOT": str(self.code),
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.api.server_port}",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


def _failure(kind: str, text: str) -> Result:
    return json.dumps({"errorType": kind, "errorMessage": text}).encode(), "Unhandled"


class _RuntimeApi(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, function: Function) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.function = function

    def handle_error(self, *_: Any) -> None:
        """Nothing: callers hang up when their time is over."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _RuntimeApi

    def do_GET(self) -> None:
        request_id, body = self.server.function.waiting.get()
        self._say(
            200,
            body,
            **{
                "Lambda-Runtime-Aws-Request-Id": request_id,
                "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 3000),
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:1:function:x",
                "Content-Type": "application/json",
            },
        )

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        *_, request_id, what = self.path.split("/")
        if what == "error":
            self.server.function.tell(request_id, (body, "Unhandled"))
        elif len(body) > MOST_ANSWERED:
            self.server.function.tell(request_id, _failure("Function.ResponseSizeTooLarge", ""))
        else:
            self.server.function.tell(request_id, (body, ""))
        self._say(202, b"{}")

    def _say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: pytest shows what matters."""


@contextmanager
def functions_in(code: Path, **handlers: str) -> Iterator[dict[str, Function]]:
    made = {name: Function(code, handler) for name, handler in handlers.items()}
    try:
        yield made
    finally:
        for function in made.values():
            function.close()
