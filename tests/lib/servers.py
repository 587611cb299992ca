"""Real servers on this machine that behave as strangers' servers do."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Behaviour = Callable[[socket.socket, bytes], None]


@contextmanager
def server(
    behave: Behaviour, tls: ssl.SSLContext | None = None
) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the port, and the requests as they came in."""
    listener = socket.create_server(("127.0.0.1", 0))
    requests: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(line,), daemon=True).start()

    def answer(line: socket.socket) -> None:
        try:
            with tls.wrap_socket(line, server_side=True) if tls else line as stream:
                requests.append(stream.recv(65536))
                behave(stream, requests[-1])
        except OSError:
            return  # The client had enough.

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1], requests
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def saying(status: str, body: bytes = b"", **headers: str) -> Behaviour:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    answer = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    return lambda stream, _: stream.sendall(answer)


def dripping(first: bytes, drop: bytes, stop: threading.Event) -> Behaviour:
    """Never silent for long, and never done."""

    def drip(stream: socket.socket, _: bytes) -> None:
        stream.sendall(first)
        while not stop.wait(0.05):
            stream.sendall(drop)

    return drip
