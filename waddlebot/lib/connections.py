"""HTTP/1.1 connections to addresses that were looked at."""

import select
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final, NamedTuple

import h11

from waddlebot.lib.outbound import Deadline, OutboundError, TimedOutError

CONNECT_S: Final = 1.0
MOST_HEAD: Final = 64 * 1024
AT_ONCE: Final = 64 * 1024
connect = socket.create_connection


class Origin(NamedTuple):
    scheme: str
    host: str
    port: int


class Connection:
    """One line to one address. `has_heard`: something has come back for the last request."""

    def __init__(self, origin: Origin, address: str, deadline: Deadline) -> None:
        self.origin, self.address = origin, address
        self.has_heard = False
        self.idle_since = 0.0
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_HEAD)
        self._line = _connected(origin, address, deadline)

    def ask(self, request: h11.Request, body: bytes, deadline: Deadline) -> h11.Response:
        """Send a request; return what the reply begins with. `chunks` is the rest of it."""
        self.has_heard = False
        parts = [request, h11.Data(data=body), h11.EndOfMessage()]
        data = memoryview(b"".join(self._http.send(part) or b"" for part in parts))
        # Whoever has had enough of a request may have said why before hanging up.
        with suppress(ConnectionError):
            while data:
                self._line.settimeout(deadline.left())
                data = data[self._line.send(data) :]
        while not isinstance(event := self._next(deadline), h11.Response):
            if not isinstance(event, h11.InformationalResponse):
                raise OutboundError
        return event

    def chunks(self, deadline: Deadline) -> Iterator[bytes]:
        while isinstance(event := self._next(deadline), h11.Data):
            yield bytes(event.data)

    def may_go_on(self) -> bool:
        """Return whether another request may follow: all was said, and nothing more than that."""
        http = self._http
        is_done = http.our_state is h11.DONE and http.their_state is h11.DONE
        if not is_done or http.trailing_data[0]:
            return False
        http.start_next_cycle()
        self.idle_since = time.monotonic()
        return True

    def is_quiet(self) -> bool:
        """Return whether nothing has come unasked, such as the other side's farewell."""
        poll = select.poll()
        poll.register(self._line, select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        self._line.close()

    def _next(self, deadline: Deadline) -> Any:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._line.settimeout(deadline.left())
            data = self._line.recv(AT_ONCE)
            self.has_heard = self.has_heard or bool(data)
            self._http.receive_data(data)
        return event


def opened(origin: Origin, addresses: Sequence[str], deadline: Deadline) -> Connection:
    """Connect to the first of these addresses that answers. Raises OutboundError."""
    failure: Exception = OutboundError()
    for address in addresses:
        try:
            return Connection(origin, address, deadline)
        except TimeoutError:
            failure = TimedOutError()
        except OSError:
            failure = OutboundError()
    raise failure


@lru_cache(maxsize=1)
def tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _connected(origin: Origin, address: str, deadline: Deadline) -> socket.socket:
    line = connect((address, origin.port), timeout=deadline.left(CONNECT_S))
    try:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if origin.scheme == "http":
            return line
        line.settimeout(deadline.left())
        return tls().wrap_socket(line, server_hostname=origin.host)
    except BaseException:
        line.close()
        raise
