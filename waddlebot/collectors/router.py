"""The calls of the public contract that a collector makes, and nothing else of WaddleBot."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Self
from urllib.parse import quote

import aiohttp

from waddlebot.collectors.base import Event, GiveUpError

TIMEOUT_S: Final = 15
WAIT_S: Final = 30
CONNECT_S: Final = 5
BUSY: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, *range(500, 600)})
KEY_TROUBLE: Final = {
    HTTPStatus.UNAUTHORIZED: "WaddleBot does not know the key: it is wrong, revoked or expired",
    HTTPStatus.FORBIDDEN: "the key may not do this: it needs events:write and coordination:write",
}
LIMIT: Final = re.compile(r"r=(\d+);t=(\d+)")


class AwayError(Exception):
    """WaddleBot did not answer, or asks us to wait so many seconds."""

    def __init__(self, wait_s: float = 0.0) -> None:
        super().__init__("WaddleBot does not answer")
        self.wait_s = wait_s


class RefusedError(Exception):
    """WaddleBot does not take what we say."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Leases:
    entities: frozenset[str]
    lease_s: float


class Router:
    """Used as a context manager, so that its connections are closed."""

    def __init__(self, url: str, overlay_url: str, key: str, name: str) -> None:
        self._web = f"{url}/router/v1"
        self._overlay = f"{overlay_url}/router/v1"
        self._key = key
        self._name = name
        self.gap_s = 0.0
        """How far apart requests have to be, so that the key's limit is not reached."""

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {self._key}"},
            # A connection for each place that is waited for.
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=WAIT_S),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def send(self, events: Sequence[Event]) -> list[dict[str, Any]]:
        answer = await self._call("POST", f"{self._web}/events/batch", {"events": events})
        results: list[dict[str, Any]] = answer["results"]
        return results

    async def heartbeat(self, statuses: Sequence[Mapping[str, Any]]) -> Leases:
        return await self._leases("heartbeat", {"statuses": statuses})

    async def claim(self, platform: str, most: int) -> Leases:
        return await self._leases("claim", {"platform": platform, "max_claims": most})

    async def release(self, entities: Sequence[str] | None = None) -> None:
        named = {} if entities is None else {"entities": entities}
        await self._coordinate("release", named)

    async def actions(self, entity: str) -> list[dict[str, Any]]:
        """Return what waits to be done there; wait for it when there is nothing."""
        url = f"{self._actions(entity)}?wait={WAIT_S}"
        answer = await self._call("GET", url, timeout_s=WAIT_S + TIMEOUT_S)
        found: list[dict[str, Any]] = answer["results"]
        return found

    async def acknowledge(self, entity: str, ids: Sequence[int]) -> None:
        await self._call("POST", f"{self._actions(entity)}/ack", {"ids": ids})

    def _actions(self, entity: str) -> str:
        return f"{self._overlay}/entities/{quote(entity, safe='+')}/actions"

    async def _leases(self, step: str, body: Mapping[str, Any]) -> Leases:
        answer = await self._coordinate(step, body)
        return Leases(frozenset(each["entity"] for each in answer["claims"]), answer["lease_s"])

    async def _coordinate(self, step: str, body: Mapping[str, Any]) -> dict[str, Any]:
        named = {**body, "collector_id": self._name}
        return await self._call("POST", f"{self._web}/coordination/{step}", named)

    async def _call(
        self, method: str, url: str, body: Any = None, *, timeout_s: float = TIMEOUT_S
    ) -> dict[str, Any]:
        timeout = aiohttp.ClientTimeout(total=timeout_s, connect=CONNECT_S)
        try:
            async with self._session.request(method, url, json=body, timeout=timeout) as response:
                if response.ok:
                    self._note_limit(response.headers.get("RateLimit", ""))
                    answer: dict[str, Any] = await response.json()
                    return answer
                raise await _error_of(response)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            raise AwayError from None

    def _note_limit(self, told: str) -> None:
        """Spread what is left of the key's requests over what is left of its minute."""
        if found := LIMIT.search(told):
            left, seconds = int(found[1]), int(found[2])
            self.gap_s = min(seconds / max(left, 1), 1.0)


async def _error_of(response: aiohttp.ClientResponse) -> Exception:
    if response.status in BUSY:
        return AwayError(float(response.headers.get("Retry-After", 0)))
    if trouble := KEY_TROUBLE.get(HTTPStatus(response.status)):
        return GiveUpError(trouble)
    body = await response.json(content_type=None)
    return RefusedError(response.status, str(body.get("code", "")))
