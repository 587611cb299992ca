"""Everything a running product has written, and what a secret looks like in it."""

import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from typing import Any, Self

import psycopg
import redis
from psycopg import sql

from tests.runtime.running import Up

# Rows are in tables and in parts of tables, never in what is parted.
OUR_TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
END = "the end of the evidence"


def traces(secret: str) -> set[bytes]:
    """Return a secret as text, as PostgreSQL shows bytes, and as it is within Base64."""
    raw = secret.encode()
    return {raw, raw.hex().encode(), *(_in_base64(raw, shift) for shift in range(3))}


def _in_base64(raw: bytes, shift: int) -> bytes:
    """Return what is sure to be there when `shift` bytes, modulo three, stand before it."""
    written = b64encode(b"\0" * shift + raw)
    is_mixed = written.endswith(b"=")
    return written.rstrip(b"=")[(0, 2, 3)[shift] : -1 if is_mixed else None]


def found_in(evidence: bytes, secrets: dict[str, str]) -> set[str]:
    return {
        name
        for name, secret in secrets.items()
        if any(trace in evidence for trace in traces(secret))
    }


def address(up: Up, name: str) -> str:
    published: dict[str, str] = json.loads((up.data / "running.json").read_text())["env"]
    return published[name]


def tables(up: Up) -> Iterator[tuple[str, bytes]]:
    """Yield each table's name and all its rows."""
    with psycopg.connect(address(up, "DATABASE_URL")) as line:
        for (table,) in line.execute(OUR_TABLES).fetchall():
            copy = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))
            with line.cursor().copy(copy) as rows:
                yield table, b"".join(bytes(chunk) for chunk in rows)


def logs(up: Up) -> bytes:
    """Return what `up` and its servers have said since it was up."""
    written = [path.read_bytes() for path in up.data.glob("*.log*")]
    return b"".join([*written, (up.data.parent / "up.log").read_bytes()])


class RedisEvidence:
    """Every command that Redis is given meanwhile: most keys live for seconds only."""

    def __init__(self, up: Up) -> None:
        self._client = redis.Redis.from_url(address(up, "REDIS_URL"))
        self._heard: list[bytes] = []
        self._line: Any = self._client.connection_pool.get_connection()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._line.send_command("MONITOR")
        assert self._line.read_response() == b"OK"
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.echo(END)
        self._thread.join(10)
        self._line.disconnect()
        self._client.close()

    @property
    def text(self) -> bytes:
        return b"\n".join(self._heard)

    def _listen(self) -> None:
        while not self._heard or END.encode() not in self._heard[-1]:
            self._heard.append(bytes(self._line.read_response()))
