"""The bot's token: https://dev.twitch.tv/docs/authentication/."""

import asyncio
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import aiohttp

from waddlebot.collectors.base import GiveUpError

TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
REFUSED: Final = "Twitch refuses TWITCH_BOT_TOKEN: make a new one with chat:read and chat:edit"


@dataclass
class BotToken:
    """One token for all connections, renewed once when Twitch refuses it."""

    access: str
    refresh: str = ""
    client_id: str = ""
    client_secret: str = ""
    url: str = "https://id.twitch.tv"
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __call__(self, refused: str) -> str:
        """Return a token other than the one that was refused.

        Raises GiveUpError, and ConnectionError when Twitch does not answer.
        """
        async with self._lock:
            if refused and refused == self.access:
                await self._renew()
        return self.access

    async def login(self) -> str:
        """Return the name of the account it is for. Raises GiveUpError or ConnectionError."""
        for _ in range(2):
            headers = {"Authorization": f"OAuth {self.access}"}
            status, facts = await self._ask("GET", "validate", headers=headers)
            if status == HTTPStatus.OK:
                return str(facts.get("login", ""))
            await self._renew()
        raise GiveUpError(REFUSED)

    async def _renew(self) -> None:
        if not (self.refresh and self.client_id and self.client_secret):
            raise GiveUpError(REFUSED)
        form = {
            "grant_type": "refresh_token",
            "refresh_token": self.refresh,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        status, answer = await self._ask("POST", "token", data=form)
        if status != HTTPStatus.OK:
            raise GiveUpError(f"{REFUSED}; it cannot be renewed either")
        self.access = str(answer["access_token"])
        self.refresh = str(answer.get("refresh_token") or self.refresh)

    async def _ask(self, method: str, path: str, **options: Any) -> tuple[int, dict[str, Any]]:
        try:
            async with (
                aiohttp.ClientSession(timeout=TIMEOUT) as session,
                session.request(method, f"{self.url}/oauth2/{path}", **options) as response,
            ):
                body = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            raise ConnectionError("Twitch does not answer") from None
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR or not isinstance(body, dict):
            raise ConnectionError("Twitch does not answer")
        return response.status, body
