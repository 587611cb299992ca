"""One call of a module: as the engine makes it, and as bare HTTP of the standard library."""

import http.client
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from time import perf_counter
from typing import Final

from waddlebot.lib.ids import new_id

CALLS: Final = 1000
Call = Callable[[], object]


def overhead(port: int) -> tuple[float, float, float]:
    """Return the p50 of the engine's call, of bare HTTP on a new connection, and on a kept one."""
    engine, fresh, kept = _engine(port), _fresh(port), _kept(port)
    times: dict[str, list[float]] = {"engine": [], "fresh": [], "kept": []}
    for number in range(CALLS + 100):
        # In turn, so that whatever the machine does it does to all of them.
        for name, call in (("engine", engine), ("fresh", fresh), ("kept", kept)):
            started = perf_counter()
            call()
            if number >= 100:  # noqa: PLR2004 - the first are to warm up
                times[name].append((perf_counter() - started) * 1000)
    return median(times["engine"]), median(times["fresh"]), median(times["kept"])


def _engine(port: int) -> Call:
    from core_router.data import EngineRef, EngineType
    from core_router.engines.asking import ask
    from core_router.engines.base import Invocation
    from core_router.engines.secrets import new_webhook_secret, with_secret

    sealed = with_secret(b"", new_webhook_secret(), now=datetime.now(UTC), overlap_s=0)
    ref = EngineRef(1, EngineType.WEBHOOK, f"http://127.0.0.1:{port}/fast", sealed=sealed)
    envelope = {"kind": "command", "command": "hello", "args": [], "event": {"x": "y" * 500}}
    return lambda: ask(Invocation(new_id(), ref, envelope, datetime.now(UTC)))


def _fresh(port: int) -> Call:
    def call() -> None:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        _post(link)
        link.close()

    return call


def _kept(port: int) -> Call:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    return lambda: _post(link)


def _post(link: http.client.HTTPConnection) -> None:
    link.request("POST", "/fast", b"x" * 700, {"Content-Type": "application/json"})
    link.getresponse().read()
