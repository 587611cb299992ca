"""A module as light as can be, a process of its own.

`/fast` answers at once, `/slow` in 1 s, `/silent` at once and has nothing to say.
"""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, cast

import uvloop

from benchmarks._machine import LOAD_CORE, pinned

BODY: Final = b'{"text":"Hello!"}'
ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
    % (len(BODY), BODY)
)
SILENT: Final = b"HTTP/1.1 204 No Content\r\n\r\n"
SLOW_S: Final = 1.0


class Module(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.WriteTransport", transport)
        self.received = b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, _, body = self.received.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if not length or len(body) < int(length):
            return
        self.received = b""
        if head.startswith(b"POST /slow"):
            asyncio.get_running_loop().call_later(SLOW_S, self._answer)
        else:
            self._answer(SILENT if head.startswith(b"POST /silent") else ANSWER)

    def _answer(self, answer: bytes = ANSWER) -> None:
        self.transport.write(answer)


async def serve(listener: socket.socket) -> None:
    server = await asyncio.get_running_loop().create_server(Module, sock=listener, backlog=512)
    await server.serve_forever()


@contextmanager
def module() -> Iterator[int]:
    """Start it on the load's core; yield its port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
        listener.listen(512)
        command = [sys.executable, "-m", "benchmarks.engines._module", str(listener.fileno())]
        with pinned(LOAD_CORE):
            process = subprocess.Popen(command, pass_fds=[listener.fileno()])  # noqa: S603
        try:
            yield port
        finally:
            process.kill()
            process.wait()


if __name__ == "__main__":
    uvloop.run(serve(socket.socket(fileno=int(sys.argv[1]))))
