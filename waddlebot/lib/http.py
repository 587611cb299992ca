"""The one way out to the network for addresses that strangers give us (security.md).

The name is resolved once, every address it has must be public, and the connection goes to an
address that was looked at, half a minute ago at the most. No redirect is followed, and nothing of
the reply is in an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

import h11
from django.conf import settings

from waddlebot.lib import connections
from waddlebot.lib.connections import Connection, Origin
from waddlebot.lib.decoding import BadEncodingError, decoder_for
from waddlebot.lib.errors import Flaw, InvalidError
from waddlebot.lib.kept import kept
from waddlebot.lib.outbound import (
    AddressRefusedError,
    Deadline,
    OutboundError,
    ReplyTooLargeError,
    TimedOutError,
)
from waddlebot.lib.resolving import Resolver, forget, resolve, resolved

__all__ = [
    "AddressRefusedError",
    "OutboundError",
    "Reply",
    "ReplyTooLargeError",
    "TimedOutError",
    "check_url",
    "send",
]

MAX_REPLY: Final = 256 * 1024
MAX_URL: Final = 2000
PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Request:
    head: h11.Request
    body: bytes
    max_bytes: int
    deadline: Deadline


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
    """Send one request and read its whole reply within `timeout_s`, or raise OutboundError.

    Over a connection that was kept, if there is one; where that turns out to be dead before
    anything was answered, once more over a new one.
    """
    deadline = Deadline(timeout_s)
    parts = _parts(url)
    host = parts.hostname or ""
    origin = Origin(parts.scheme, host, parts.port or PORTS[parts.scheme])
    addresses = resolved(host, origin.port, resolver, deadline, is_friend=_is_allowed(host))
    request = _Request(_head(method, parts, headers or {}, body), body, max_bytes, deadline)
    if connection := kept.take(origin, addresses):
        try:
            return _asked(connection, request)
        except OutboundError as error:
            if connection.has_heard or error.code != OutboundError.code:
                raise
    try:
        connection = connections.opened(origin, addresses, deadline)
    except OutboundError:
        # It may have moved.
        forget(host, origin.port, resolver)
        raise
    return _asked(connection, request)


def _head(method: str, parts: SplitResult, headers: Mapping[str, str], body: bytes) -> h11.Request:
    own = {
        "Host": parts.netloc,
        "Accept-Encoding": "gzip",
        "Content-Length": str(len(body)),
    }
    query = f"?{parts.query}" if parts.query else ""
    sent = [*own.items(), *headers.items()]
    try:
        return h11.Request(method=method, target=(parts.path or "/") + query, headers=sent)
    except (h11.LocalProtocolError, UnicodeError):
        raise OutboundError from None


def _asked(connection: Connection, request: _Request) -> Reply:
    try:
        response = connection.ask(request.head, request.body, request.deadline)
        reply = _read(connection, response, request)
    except TimeoutError:
        connection.close()
        raise TimedOutError from None
    except (OSError, h11.ProtocolError, BadEncodingError):
        connection.close()
        raise OutboundError from None
    except BaseException:
        connection.close()
        raise
    kept.keep(connection)
    return reply


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


def _read(connection: Connection, response: h11.Response, request: _Request) -> Reply:
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
    }
    decoder = decoder_for(headers.get("content-encoding", ""))
    body, received, max_bytes = bytearray(), 0, request.max_bytes
    for chunk in connection.chunks(request.deadline):
        received += len(chunk)
        # One byte more than allowed is asked for, never what a bomb would unfold to.
        body += decoder(chunk, max_bytes + 1 - len(body))
        if max(received, len(body)) > max_bytes:
            raise ReplyTooLargeError
    return Reply(response.status_code, headers, bytes(body))
