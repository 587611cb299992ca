"""Which account PostgreSQL runs as: it refuses root."""

import os
import pwd
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from waddlebot.runtime.folder import Refusal


class PostgresError(Refusal):
    """PostgreSQL could not be started; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class Account:
    """The account PostgreSQL runs as; it refuses to run as root."""

    name: str
    uid: int
    gid: int

    @property
    def options(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid} if os.geteuid() == 0 else {}


def account(data: Path) -> Account:
    """Return who runs the server: we do, unless we are root; then the owner of `data`, if any."""
    if os.geteuid() != 0:
        return Account(str(os.geteuid()), os.geteuid(), os.getegid())
    owner = data.stat().st_uid if data.exists() else 0
    wanted = os.environ.get("WADDLEBOT_PG_USER")
    if wanted:
        return _wanted(wanted, owner)
    for entry in pwd.getpwall() if owner else ():
        if entry.pw_uid == owner:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise PostgresError("PostgreSQL refuses root: set WADDLEBOT_PG_USER to another account")


def _wanted(name: str, owner: int) -> Account:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise PostgresError(f"WADDLEBOT_PG_USER: there is no account {name!r}") from None
    if entry.pw_uid == 0:
        raise PostgresError("WADDLEBOT_PG_USER: PostgreSQL refuses root, name another account")
    if owner not in {0, entry.pw_uid}:
        raise PostgresError(
            f"WADDLEBOT_PG_USER: the data belongs to account {owner}, not to {name!r}"
        )
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def require_way_in(folder: Path, who: Account) -> None:
    """PostgreSQL runs as `who`, who must be able to reach the data."""
    for place in (folder, *folder.parents):
        status = place.stat()
        needed = 0o001
        if status.st_uid == who.uid:
            needed = 0o100
        elif status.st_gid == who.gid:
            needed = 0o010
        if not status.st_mode & needed:
            raise PostgresError(
                f"PostgreSQL runs as {who.name}, who may not enter {place}: "
                "choose another folder with --data, or an account with WADDLEBOT_PG_USER"
            )
