"""Where to connect to, and as whom."""

from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

CHANNELS_A_CONNECTION: Final = 100
TLS_PORT: Final = 6697
PLAIN_PORT: Final = 6667


@dataclass(frozen=True, slots=True)
class Limits:
    """What Twitch allows an account: https://dev.twitch.tv/docs/chat/irc/#rate-limits."""

    joins_in_10_s: int = 20
    lines_in_30_s: int = 20
    lines_as_moderator_in_30_s: int = 100

    @classmethod
    def of(cls, *, verified: bool) -> Self:
        return cls(2000, 7500, 7500) if verified else cls()


@dataclass(frozen=True, slots=True)
class Options:
    host: str
    port: int
    tls: bool
    login: str
    limits: Limits = Limits()

    @classmethod
    def read(cls, url: str, login: str, *, verified: bool) -> Self:
        """Read `irc://host:port`, or `ircs://` with TLS. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in {"irc", "ircs"} or not parts.hostname:
            raise ValueError("an address like ircs://irc.chat.twitch.tv:6697 is needed")
        tls = parts.scheme == "ircs"
        port = parts.port or (TLS_PORT if tls else PLAIN_PORT)
        return cls(parts.hostname, port, tls, login, Limits.of(verified=verified))
