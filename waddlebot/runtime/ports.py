"""Is the port ours to have, and does somebody answer on it."""

import errno
import http.client
import socket
import time

from waddlebot.runtime.folder import Refusal


def bind_problem(host: str, port: int) -> int:
    """Return 0 when the port can be had, else the number of the error."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: connections of the last run that are still winding down do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except socket.gaierror:
            return errno.EADDRNOTAVAIL
        except OSError as error:
            return error.errno or errno.EINVAL
    return 0


def require_free(host: str, port: int, option: str, *, patience_s: float = 0) -> None:
    """Refuse with the way out; wait a little for servers of a killed `up`, which are ending."""
    deadline = time.monotonic() + patience_s
    while (problem := bind_problem(host, port)) == errno.EADDRINUSE:
        if time.monotonic() >= deadline:
            other = next(n for n in range(port + 1, port + 1000) if not bind_problem(host, n))
            raise Refusal(f"port {port} is in use: stop what uses it, or try {option} {other}")
        time.sleep(0.05)
    if problem == errno.EACCES:
        raise Refusal(f"port {port} needs more rights than we have: try {option} 8000 or above")
    if problem:
        raise Refusal(f"cannot listen on {host}, which is no address of this machine: see --host")


def reachable(host: str) -> str:
    """Return where a server that listens on `host` is found from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound


def answers(host: str, port: int) -> bool:
    """Return whether an HTTP server there says anything but that it is broken."""
    connection = http.client.HTTPConnection(reachable(host), port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
