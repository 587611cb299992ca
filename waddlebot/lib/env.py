"""Typed settings from the environment. A bad value names itself in one line."""

import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from waddlebot.lib import mail

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class BadSettingError(Exception):
    """An environment variable holds nonsense; the message names it."""


class Env:
    """Reads one mapping, the process' environment unless told otherwise."""

    def __init__(self, source: Mapping[str, str] | None = None) -> None:
        self.source = os.environ if source is None else source

    def text(self, name: str, default: str = "") -> str:
        return self.source.get(name, default).strip()

    def token(self, name: str) -> str:
        """Return what goes into a header. No message quotes it."""
        raw = self.text(name)
        if not (raw.isascii() and raw.isprintable()) or " " in raw:
            raise BadSettingError(f"{name} must be one word of plain letters, digits and signs")
        return raw

    def secrets(self, name: str, *, least: int, most: int) -> list[str]:
        """Return words of so many characters, the newest first. No message quotes one."""
        found = self.words(name)
        if not all(each.isascii() and least <= len(each) <= most for each in found):
            raise BadSettingError(f"{name} must be plain letters, {least} to {most} of them each")
        return found

    def rsa_key(self, name: str) -> str:
        r"""Return a public key in PEM; its lines may be parted by `\n`, as in `.env` files."""
        raw = self.text(name).replace("\\n", "\n")
        try:
            is_sound = not raw or isinstance(load_pem_public_key(raw.encode()), RSAPublicKey)
        except (ValueError, UnsupportedAlgorithm):
            is_sound = False
        if not is_sound:
            raise BadSettingError(f"{name} must be an RSA public key in PEM")
        return raw

    def ed25519_key(self, name: str) -> str:
        """Return a public key of 32 bytes, as hexadecimal digits."""
        raw = self.text(name).lower()
        if raw and not re.fullmatch(r"[0-9a-f]{64}", raw):
            raise BadSettingError(f"{name} must be 64 hexadecimal digits")
        return raw

    def number(self, name: str, default: int, *, least: int = 0, most: int = 2**31) -> int:
        raw = self.text(name) or str(default)
        try:
            value = int(raw)
        except ValueError:
            raise BadSettingError(f"{name} must be a whole number, not {raw!r}") from None
        if not least <= value <= most:
            raise BadSettingError(f"{name} must be between {least} and {most}, not {value}")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        raw = self.text(name).lower() or ("true" if default else "false")
        if raw not in TRUE | FALSE:
            raise BadSettingError(f"{name} must be true or false, not {raw!r}")
        return raw in TRUE

    def words(self, name: str, default: str = "") -> list[str]:
        return [word for part in (self.text(name) or default).split(",") if (word := part.strip())]

    def one_of(self, name: str, choices: tuple[str, ...], default: str) -> str:
        raw = self.text(name, default) or default
        if raw not in choices:
            raise BadSettingError(f"{name} must be one of {', '.join(choices)}, not {raw!r}")
        return raw

    def networks(self, name: str, default: str) -> list[Network]:
        try:
            return [ipaddress.ip_network(word) for word in self.words(name, default)]
        except ValueError as error:
            raise BadSettingError(f"{name}: {error}") from None

    def web_url(self, name: str, default: str = "") -> str:
        """Return an address without a slash at its end; nothing where there is no default."""
        raw = self.text(name, default) or default
        if not raw:
            return ""
        parts = urlsplit(raw)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise BadSettingError(f"{name} must be an http or https address, not {raw!r}")
        return raw.rstrip("/")

    def database(self, name: str, default: str = "") -> dict[str, Any] | None:
        """Return Django's description of a `postgresql://` URL, or None when it is unset."""
        raw = self.text(name, default)
        if not raw:
            return None
        parts = urlsplit(raw)
        if parts.scheme not in {"postgres", "postgresql"}:
            raise BadSettingError(f"{name} must start with postgresql://")
        try:
            port = parts.port or ""
        except ValueError:
            raise BadSettingError(f"{name} has a port that is no number") from None
        # urlsplit lower-cases `hostname`, and a socket's folder may have capitals.
        host = unquote(parts.netloc.rpartition("@")[2].partition(":")[0])
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": host,
            "PORT": port,
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": dict(parse_qsl(parts.query)),
        }

    def redis(self) -> str:
        """Return `REDIS_URL`, or one made of `REDIS_HOST`, `REDIS_PORT` and `REDIS_PASSWORD`."""
        raw = self.text("REDIS_URL")
        if not raw:
            password = self.text("REDIS_PASSWORD")
            port = self.number("REDIS_PORT", 6379, least=1, most=65535)
            host = self.text("REDIS_HOST") or "127.0.0.1"
            raw = f"redis://{f':{password}@' if password else ''}{host}:{port}/0"
        if urlsplit(raw).scheme not in {"redis", "rediss", "unix"}:
            raise BadSettingError("REDIS_URL must start with redis:// or rediss://")
        return raw

    def email(self, name: str) -> mail.Mail:
        """Return where mail goes; without a setting it is printed in the terminal."""
        try:
            return mail.parse(self.text(name) or "consolemail://")
        except ValueError as error:
            # The address holds a password, so it is not repeated here.
            raise BadSettingError(f"{name} {error}") from None

    def folder(self, name: str, default: Path) -> Path:
        return Path(self.text(name) or default).expanduser()
