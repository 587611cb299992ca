"""Real PostgreSQL and Valkey for the tests, unless `DATABASE_URL` and `REDIS_URL` name others.

A pytest plugin, loaded by `-p` before Django's settings are read. The process that starts first
owns the servers; xdist's workers find their addresses in the environment.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from waddlebot.runtime.postgres import Postgres
from waddlebot.runtime.valkey import Valkey


def _folder() -> Path:
    # Root's own folders are closed to the account PostgreSQL runs as.
    folder = Path(tempfile.mkdtemp(prefix="wb-test-"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _start() -> None:
    os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "k" * 50)
    os.environ.setdefault("LOG_FORMAT", "console")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    if "DATABASE_URL" not in os.environ:
        postgres = Postgres(_folder())
        postgres.start(fast_and_loose=True)
        atexit.register(postgres.stop)
        os.environ["DATABASE_URL"] = postgres.url
    if "REDIS_URL" not in os.environ:
        valkey = Valkey(_folder(), persist=False, databases=64)
        valkey.start()
        atexit.register(valkey.stop)
        os.environ["REDIS_URL"] = valkey.url
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        base = os.environ["REDIS_URL"].rpartition("/")[0]
        os.environ["REDIS_URL"] = f"{base}/{int(worker.removeprefix('gw')) + 1}"


_start()
