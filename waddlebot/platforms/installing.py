"""How a channel, server or workspace lets the bot in: OAuth, which proves whose it is as well."""

import base64
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final
from urllib.parse import urlencode

from django.conf import settings

from waddlebot.platforms.client import Answer
from waddlebot.platforms.errors import FaultyError

LONGEST_SECRET: Final = 2000


@dataclass(frozen=True, slots=True)
class Grant:
    """What a place has let the bot do. `server_id` is what chat knows the place by."""

    server_id: str
    account_id: str
    name: str
    scopes: frozenset[str]
    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)


class Installer(ABC):
    slug: ClassVar[str]

    @abstractmethod
    def is_set_up(self) -> bool:
        """Return whether the settings have what it takes."""

    @abstractmethod
    def address(self) -> str:
        """Return where a browser is sent to say yes, without what it asks."""

    @abstractmethod
    def asks(self) -> Mapping[str, str]:
        """Return what is asked there, beside what every platform wants to know."""

    @abstractmethod
    def redeem(self, code: str, verifier: str) -> Grant:
        """Take what a code stands for; raises RefusedError or another OutboundError."""

    @abstractmethod
    def leave(self, grant: Grant) -> None:
        """Give back what was granted; raises OutboundError. What is gone is given back."""

    def url(self, *, state: str, verifier: str) -> str:
        """RFC 7636 where the platform knows it; where it does not, it looks past it."""
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "redirect_uri": self.comes_back_to,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **self.asks(),
        }
        return f"{self.address()}?{urlencode(asked)}"

    @property
    def comes_back_to(self) -> str:
        return f"{settings.PUBLIC_URL}/portal/connections/{self.slug}/callback"


def secret_in(answer: Answer, name: str) -> str:
    """Return a token of an answer, "" where there is none; raises FaultyError for a bad one."""
    value = answer.body.get(name, "")
    if not isinstance(value, str) or len(value) > LONGEST_SECRET:
        raise FaultyError
    if value and not (value.isascii() and value.isprintable()):
        raise FaultyError
    return value
