"""allauth calls providers with `requests`; this sends those calls through the one way out."""

from http import HTTPStatus
from typing import Any, Final

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from waddlebot.lib import wire
from waddlebot.lib.errors import DomainError
from waddlebot.lib.http import OutboundError, Reply, send

TIMEOUT_S: Final = 5.0
SET_BY_US: Final = frozenset({"host", "accept-encoding", "connection"})


class GuardedTransport(BaseAdapter):
    """Answers with a JSON object and status 200, or raises what allauth makes a page of."""

    def send(
        self, request: requests.PreparedRequest, *_: object, **__: object
    ) -> requests.Response:
        headers = {
            name: str(value)
            for name, value in request.headers.items()
            if name.lower() not in SET_BY_US
        }
        body: Any = request.body or b""
        try:
            reply = send(
                str(request.method),
                str(request.url),
                body=body.encode() if isinstance(body, str) else body,
                headers=headers,
                timeout_s=TIMEOUT_S,
            )
        except OutboundError as error:
            raise requests.ConnectionError(error.text) from None
        _check(reply)
        return _as_response(reply, request)

    def close(self) -> None:
        """Nothing is kept open."""


def session() -> requests.Session:
    guarded = requests.Session()
    guarded.trust_env = False
    for scheme in ("https://", "http://"):
        guarded.mount(scheme, GuardedTransport())
    return guarded


def _check(reply: Reply) -> None:
    if reply.status != HTTPStatus.OK:
        raise requests.RequestException(f"status {reply.status}")
    try:
        document: Any = wire.decode(reply.body)
    except DomainError:
        raise requests.RequestException("no JSON") from None
    if not isinstance(document, dict):
        raise requests.RequestException("no JSON object")


def _as_response(reply: Reply, request: requests.PreparedRequest) -> requests.Response:
    response = requests.Response()
    response.status_code = reply.status
    response.headers = CaseInsensitiveDict({"Content-Type": "application/json"})
    response.encoding = "utf-8"
    response.url = str(request.url)
    response.request = request
    response._content = reply.body  # noqa: SLF001 - it has no other way in
    return response
