"""Who a request is from when gateways stand between."""

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from waddlebot.lib.env import Network

Application = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]


class TrustedProxies:
    """Puts the client's address where the gateway's was, when the gateway is one of `networks`."""

    def __init__(self, app: Application, networks: Sequence[Network]) -> None:
        self.app = app
        self.networks = networks

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if chain := environ.get("HTTP_X_FORWARDED_FOR"):
            peer = environ.get("REMOTE_ADDR", "")
            environ["REMOTE_ADDR"] = client_behind(peer, chain, self.networks)
        return self.app(environ, start_response)


def client_behind(peer: str, chain: str, networks: Sequence[Network]) -> str:
    """Return the nearest address of `chain` (X-Forwarded-For) that is no gateway of ours.

    What a client writes there itself stands further left and is never reached. What is no
    address is nobody's: an empty text.
    """
    address = peer
    for hop in reversed(chain.split(",")):
        if not _is_in(address, networks):
            break
        address = hop.strip()
    return address if _parsed(address) else ""


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in networks)


def _parsed(address: str) -> Any:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None
