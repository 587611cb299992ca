"""The one way out to the network for addresses that strangers give us (security.md).

The name is resolved once, every address it has must be public, and the connection goes to the
address that was looked at. No redirect is followed, and nothing of the reply is in an error.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeVar
from urllib.parse import SplitResult, urlsplit

import httpcore
from django.conf import settings

from waddlebot.lib.addresses import is_public
from waddlebot.lib.decoding import BadEncodingError, decoder_for
from waddlebot.lib.errors import Flaw, InvalidError

CONNECT_S: Final = 1.0
MAX_REPLY: Final = 256 * 1024
MAX_URL: Final = 2000

T = TypeVar("T")
Resolver = Callable[[str, int], Sequence[str]]


class OutboundError(Exception):
    """A call went wrong. `code` is for machines; the text tells neither address nor reply."""

    code = "unreachable"
    text = "The address did not answer."

    def __init__(self) -> None:
        super().__init__(self.text)


class AddressRefusedError(OutboundError):
    code = "address_refused"
    text = "This address may not be called."


class TimedOutError(OutboundError):
    code = "timed_out"
    text = "The answer took too long."


class ReplyTooLargeError(OutboundError):
    code = "reply_too_large"
    text = "The answer was too large."


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


def resolve(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def check_url(url: str, *, pointer: str = "#/url") -> None:
    """Refuse, when it is saved, an address that could never be called."""
    try:
        _parts(url)
    except AddressRefusedError:
        flaw = Flaw(pointer, "An https address without a user name in it.")
        raise InvalidError("This address may not be called.", errors=[flaw]) from None


def send(  # noqa: PLR0913 - what a request consists of
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 5.0,
    max_bytes: int = MAX_REPLY,
    resolver: Resolver = resolve,
) -> Reply:
    """Send one request and read its whole reply within `timeout_s`, or raise OutboundError."""
    deadline = _Deadline(timeout_s)
    parts = _parts(url)
    addresses = _addresses(parts, resolver, deadline)
    backend = _PinnedBackend(addresses, deadline)
    with httpcore.ConnectionPool(ssl_context=_tls(), network_backend=backend) as pool:
        own = {"Host": parts.netloc, "Accept-Encoding": "gzip"}
        sent = [*own.items(), *(headers or {}).items()]
        try:
            with pool.stream(method, url, headers=sent, content=body) as response:
                return _read(response, max_bytes)
        except httpcore.TimeoutException:
            raise TimedOutError from None
        except (httpcore.NetworkError, httpcore.ProtocolError, BadEncodingError):
            raise OutboundError from None


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - it raises for a port that is none
        host = parts.hostname or ""
        host.encode("idna")
    except (ValueError, UnicodeError):
        raise AddressRefusedError from None
    is_clean = url.isascii() and url.isprintable() and " " not in url and len(url) <= MAX_URL
    schemes = {"https", "http"} if _is_allowed(host) else {"https"}
    if not host or not is_clean or "@" in parts.netloc or parts.scheme not in schemes:
        raise AddressRefusedError
    return parts


def _is_allowed(host: str) -> bool:
    return host in settings.ENGINE_ALLOWED_HOSTS


def _addresses(parts: SplitResult, resolver: Resolver, deadline: "_Deadline") -> Sequence[str]:
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    # The system's resolver cannot be told how long to try.
    future = _resolvers.submit(resolver, host, port)
    try:
        addresses = future.result(timeout=deadline.left())
    except TimeoutError:
        raise TimedOutError from None
    except (OSError, UnicodeError):
        raise OutboundError from None
    if not addresses:
        raise OutboundError
    if not _is_allowed(host) and not all(is_public(address) for address in addresses):
        raise AddressRefusedError
    return addresses


_resolvers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="resolve")


def _read(response: httpcore.Response, max_bytes: int) -> Reply:
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
    }
    decoder = decoder_for(headers.get("content-encoding", ""))
    body, received = bytearray(), 0
    for chunk in response.iter_stream():
        received += len(chunk)
        # One byte more than allowed is asked for, never what a bomb would unfold to.
        body += decoder(chunk, max_bytes + 1 - len(body))
        if max(received, len(body)) > max_bytes:
            raise ReplyTooLargeError
    return Reply(response.status, headers, bytes(body))


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class _Deadline:
    """A moment after which nothing more is waited for, whatever the other side drips."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self, most: float | None = None) -> float:
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimedOutError
        return left if most is None else min(left, most)


class _PinnedBackend(httpcore.NetworkBackend):
    """Connects to the addresses that were looked at, whatever the name says now."""

    def __init__(self, addresses: Sequence[str], deadline: _Deadline) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError()
        for address in self._addresses:
            try:
                stream = self._backend.connect_tcp(
                    address, port, timeout=self._deadline.left(CONNECT_S)
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            return _TimedStream(stream, self._deadline)
        raise failure


class _TimedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left())
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
