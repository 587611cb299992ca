"""Calls to YouTube's API, as the account that streams."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import aiohttp

from waddlebot.collectors.base import GiveUpError

TIMEOUT: Final = aiohttp.ClientTimeout(total=15)
REFUSED: Final = "Google refuses YOUTUBE_REFRESH_TOKEN: make a new one with the scope youtube"


class RefusedError(Exception):
    """YouTube does not do it; the text is its reason."""


@dataclass
class Api:
    client_id: str
    client_secret: str
    refresh: str
    url: str = "https://www.googleapis.com"
    token_url: str = "https://oauth2.googleapis.com"  # noqa: S105 - no secret
    _access: str = ""

    async def ask(
        self, method: str, path: str, query: dict[str, str], body: Any = None
    ) -> dict[str, Any]:
        """Raises RefusedError, GiveUpError, and ConnectionError when nobody answers."""
        for _ in range(2):
            if not self._access:
                await self._renew()
            headers = {"Authorization": f"Bearer {self._access}"}
            url = f"{self.url}/youtube/v3/{path}"
            status, answer = await _call(method, url, params=query, headers=headers, json=body)
            if status != HTTPStatus.UNAUTHORIZED:
                break
            self._access = ""
        else:
            raise GiveUpError(REFUSED)
        if status >= HTTPStatus.BAD_REQUEST:
            raise RefusedError(_reason(answer))
        return answer

    async def _renew(self) -> None:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": self.refresh,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        status, answer = await _call("POST", f"{self.token_url}/token", data=form)
        if status != HTTPStatus.OK:
            raise GiveUpError(REFUSED)
        self._access = str(answer.get("access_token", ""))


async def _call(method: str, url: str, **options: Any) -> tuple[int, dict[str, Any]]:
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT) as session,
            session.request(method, url, **options) as response,
        ):
            empty = response.status == HTTPStatus.NO_CONTENT
            body = {} if empty else await response.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError):
        raise ConnectionError("YouTube does not answer") from None
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR or not isinstance(body, dict):
        raise ConnectionError("YouTube does not answer")
    return response.status, body


def _reason(answer: dict[str, Any]) -> str:
    try:
        return str(answer["error"]["errors"][0]["reason"])
    except (LookupError, TypeError):
        return "refused"
