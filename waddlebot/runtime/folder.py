"""The data folder of `waddlebot up`: its lock, its secret, and how others find its servers."""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

LOG_LIMIT = 10_000_000


class Refusal(Exception):  # noqa: N818 - it is one, and reads so
    """Something the person at the keyboard can mend; the message is one line that says how."""


def home_folder() -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/waddlebot")
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    return Path(home) / "waddlebot"


def default_folder() -> Path:
    chosen = os.environ.get("WADDLEBOT_DATA")
    return Path(chosen).expanduser().absolute() if chosen else home_folder()


def elsewhere() -> Path:
    """Where it is written that `up` was given another folder on its command line."""
    return home_folder() / "elsewhere"


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read, in one step: a reader sees the old or the new."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def open_log(path: Path) -> int:
    """Return a descriptor that appends to a private log; what grew too long is kept once."""
    with suppress(FileNotFoundError):
        if path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_name(f"{path.name}.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


class DataFolder:
    """One `waddlebot up` at a time owns it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = -1

    @property
    def running(self) -> Path:
        return self.path / "running.json"

    def make(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            # Searchable, because as root PostgreSQL is another account; no name in it is listed.
            self.path.chmod(0o711)
        except OSError as error:
            raise Refusal(
                f"the data folder {self.path} cannot be used ({error.strerror}): "
                "choose another with --data"
            ) from None

    def lock(self) -> None:
        """Own the folder until this process ends, however it ends."""
        self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refusal(
                f"WaddleBot is running on {self.path} already: stop it first, "
                "or give this one its own folder with --data"
            ) from None

    def secret_key(self) -> str:
        """Return the secret that sessions and demo keys are derived from; made once."""
        path = self.path / "secret_key"
        with suppress(FileNotFoundError):
            if secret := path.read_text().strip():
                return secret
        write_private(path, secrets.token_urlsafe(64))
        return path.read_text()

    def metrics(self) -> Path:
        """Return an empty folder where the processes of this run add up what they count."""
        path = self.path / "metrics"
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(mode=0o700)
        return path

    def publish(self, env: Mapping[str, str]) -> None:
        """Tell `waddlebot demo`, `chat`, `key` and `manage` how to reach what runs here."""
        write_private(self.running, json.dumps({"pid": os.getpid(), "env": dict(env)}))

    def withdraw(self) -> None:
        self.running.unlink(missing_ok=True)

    def point_here(self) -> None:
        """Let commands that are told no folder find this one. Without it they have to be told."""
        with suppress(OSError):
            elsewhere().parent.mkdir(parents=True, exist_ok=True)
            write_private(elsewhere(), str(self.path))

    def attach(self) -> bool:
        """Fill the environment from a running `up`; what is set stays. False: none runs."""
        try:
            if not self._is_locked():
                return False
            published: dict[str, str] = json.loads(self.running.read_text())["env"]
        except FileNotFoundError:
            return False
        except PermissionError:
            raise Refusal(
                f"{self.path} belongs to another account: run this as the one that runs WaddleBot"
            ) from None
        for name, value in published.items():
            os.environ.setdefault(name, value)
        return True

    def _is_locked(self) -> bool:
        descriptor = os.open(self.path / "lock", os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False
