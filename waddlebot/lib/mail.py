"""Where mail goes: an SMTP server, the terminal, or a folder."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

BACKENDS: Final = "django.core.mail.backends"
SCHEMES: Final = {
    "smtp": "smtp",
    "smtps": "smtp",
    "consolemail": "console",
    "filemail": "filebased",
}
PORTS: Final = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Mail:
    """What Django's `EMAIL_…` settings want."""

    backend: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    starts_tls: bool = False
    is_tls: bool = False
    folder: str | None = None


def parse(url: str) -> Mail:
    """Read `smtp://user:password@host:587/?tls=true` and its kin, or raise ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise ValueError(f"must start with {', '.join(f'{name}://' for name in SCHEMES)}")
    backend = f"{BACKENDS}.{SCHEMES[parts.scheme]}.EmailBackend"
    if parts.scheme == "consolemail":
        return Mail(backend)
    if parts.scheme == "filemail":
        if not parts.path.strip("/"):
            raise ValueError("needs a folder, as in filemail:///var/tmp/mail")
        return Mail(backend, folder=unquote(parts.path))
    if not parts.hostname:
        raise ValueError("names no host")
    return Mail(
        backend,
        host=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starts_tls=_starts_tls(parts.scheme, parts.query),
        is_tls=parts.scheme == "smtps",
    )


def _starts_tls(scheme: str, query: str) -> bool:
    options = dict(parse_qsl(query, keep_blank_values=True))
    wanted = options.pop("tls", "false").lower()
    if options or wanted not in {"true", "false"}:
        raise ValueError("knows one option, tls=true or tls=false")
    if scheme == "smtps" and wanted == "true":
        raise ValueError("with smtps:// speaks TLS from the start, so leave out tls=true")
    return wanted == "true"
