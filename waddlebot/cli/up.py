"""`waddlebot up`: everything in one command."""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from waddlebot.cli.attach import add_data_option, folder_of
from waddlebot.cli.beside import collectors
from waddlebot.cli.demo import describe
from waddlebot.cli.platforms import PLATFORMS
from waddlebot.lib.env import Env
from waddlebot.runtime.folder import DataFolder, Refusal
from waddlebot.runtime.output import Output
from waddlebot.runtime.ports import answers, reachable, require_free
from waddlebot.runtime.postgres import Postgres
from waddlebot.runtime.supervisor import Service, Stopped, Supervisor, python
from waddlebot.runtime.valkey import Valkey

PUBLISHED: Final = (
    "DATABASE_URL",
    "REDIS_URL",
    "CELERY_BROKER_URL",
    "SECRET_KEY",
    "PUBLIC_URL",
    "OVERLAY_URL",
)
LEFTOVERS_END_WITHIN_S: Final = 15
THREADS_BESIDE: Final = 28
"""Web threads for what is no event in work: pages, health, and saying that it is too much."""
CONNECTIONS_BESIDE: Final = 100


def add(commands: Any) -> None:
    parser = commands.add_parser("up", help="run WaddleBot: all of it, in the foreground")
    parser.add_argument("--host", default="127.0.0.1", help="listen here (set ALLOWED_HOSTS too)")
    parser.add_argument("--port", type=port, default=8000, help="API, portal and admin")
    parser.add_argument("--overlay-port", type=port, default=8027, help="overlays and long polls")
    parser.add_argument("--workers", type=count, default=1, help="processes of the web server")
    parser.add_argument("--no-demo", action="store_true", help="make no demo community")
    parser.add_argument(
        "--collect", action="append", default=[], choices=PLATFORMS, help="listen to it, too"
    )
    add_data_option(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    started_at = time.monotonic()
    folder = folder_of(options)
    folder.make()
    folder.lock()
    _require_ports(options, patience_s=LEFTOVERS_END_WITHIN_S if folder.running.exists() else 0)
    env = environment(options, folder)
    supervisor = Supervisor(env, Output(as_json=env["LOG_FORMAT"] == "json"))
    supervisor.obey_signals()
    try:
        _start_servers(supervisor, options, folder.path, env)
        ready = _prepare(supervisor, demo=not options.no_demo)
        folder.publish({name: env[name] for name in PUBLISHED if name in env})
        if options.data:
            folder.point_here()
        supervisor.start_all(_services(options, folder.path))
        supervisor.start_beside(collectors(options, env, ready))
        _announce(env, ready, seconds=time.monotonic() - started_at)
        supervisor.watch()
    except Stopped:
        pass
    finally:
        supervisor.stop()
        folder.withdraw()
    return 0


def environment(options: argparse.Namespace, folder: DataFolder) -> dict[str, str]:
    """Return what our processes get: what is set already counts, we fill the gaps."""
    host = options.host
    ours = {
        "DJANGO_SETTINGS_MODULE": "waddlebot.settings",
        "PUBLIC_URL": _origin(host, options.port),
        "OVERLAY_URL": _origin(host, options.overlay_port),
        "ALLOWED_HOSTS": ",".join(dict.fromkeys(["127.0.0.1", "localhost", "[::1]", host])),
        "LOG_FORMAT": "console" if sys.stderr.isatty() else "json",
        # So that /metrics tells of the overlays and the worker too.
        "PROMETHEUS_MULTIPROC_DIR": str(folder.metrics()),
        # Compiled once, also where the checkout may not be written to, or should not be.
        "PYTHONPYCACHEPREFIX": str(folder.path / "pycache"),
        "WADDLEBOT_READY_FILE": str(folder.path / "worker.ready"),
        # Root is fine here: tasks are JSON, which runs nothing. Each line is logged at once.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
        "PYTHONUNBUFFERED": "1",
    }
    if "SECRET_KEY" not in os.environ:
        ours["SECRET_KEY"] = folder.secret_key()
    given = {name: value for name, value in os.environ.items() if value}
    given.pop("PYTHONDONTWRITEBYTECODE", None)
    return ours | given


def _start_servers(
    supervisor: Supervisor, options: argparse.Namespace, data: Path, env: dict[str, str]
) -> None:
    """Start what the environment does not name, and put its address there."""
    if "REDIS_URL" not in env and "REDIS_HOST" not in env:
        valkey = Valkey(data)
        supervisor.servers.append(("Valkey", valkey))
        valkey.start()
        env["REDIS_URL"] = valkey.url
    if "DATABASE_URL" not in env:
        web = options.workers * int(web_threads())
        postgres = Postgres(data, connections=web + int(task_threads()) + CONNECTIONS_BESIDE)
        supervisor.servers.append(("PostgreSQL", postgres))
        postgres.start()
        env["DATABASE_URL"] = postgres.url
    supervisor.check_servers()


def _prepare(supervisor: Supervisor, *, demo: bool) -> dict[str, Any]:
    arguments = [] if demo else ["--no-demo"]
    printed = supervisor.run_once("prepare", python("-m", "waddlebot.cli.prepare", *arguments))
    answer: dict[str, Any] = json.loads(printed.splitlines()[-1])
    if "refused" in answer:
        raise Refusal(answer["refused"])
    return answer


def _services(options: argparse.Namespace, data: Path) -> list[Service]:
    host, web_port, overlay_port = options.host, options.port, options.overlay_port
    ready_file = data / "worker.ready"
    ready_file.unlink(missing_ok=True)
    return [
        Service("web", web_command(options), lambda: answers(host, web_port)),
        Service(
            "overlay",
            python(
                "-m", "uvicorn", "--host", host, "--port", str(overlay_port), "--loop", "uvloop",
                "--lifespan", "off", "--no-access-log", "--no-server-header",
                "--forwarded-allow-ips", os.environ.get("TRUSTED_PROXIES") or "127.0.0.1,::1",
                "--log-level", "warning", "--timeout-graceful-shutdown", "2",
                "waddlebot.asgi:application",
            ),
            lambda: answers(host, overlay_port),
        ),
        Service(
            "worker",
            python(
                "-m", "celery", "--app", "waddlebot", "--quiet", "worker", "--beat",
                "--pool", "threads", "--concurrency", task_threads(),
                "--without-gossip", "--without-mingle", "--loglevel", "WARNING",
            ),
            ready_file.exists,
            death=signal.SIGQUIT,  # When we are gone, so is the broker: nothing to finish.
        ),
    ]  # fmt: skip


def web_threads() -> str:
    """Return how many: each event in work holds one, and a few are for all the rest."""
    return str(Env().number("ROUTER_MAX_CONCURRENT", 100, least=1) + THREADS_BESIDE)


def task_threads() -> str:
    return str(Env().number("MAX_WORKERS", 20, least=1))


def web_command(options: argparse.Namespace) -> list[str]:
    respawn = ["--respawn-failed-workers", "--respawn-interval", "0.5"]
    return python(
        "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws",
        "--host", options.host, "--port", str(options.port),
        "--workers", str(options.workers), *(respawn if options.workers > 1 else []),
        "--blocking-threads", web_threads(),
        "--workers-kill-timeout", "5", "--log-level", "error",
        "waddlebot.wsgi:application",
    )  # fmt: skip


def _announce(env: Mapping[str, str], ready: dict[str, Any], *, seconds: float) -> None:
    lines = [f"WaddleBot is up ({seconds:.1f} s). Ctrl-C stops it.", ""]
    if ready["demo"]:
        lines += [describe(ready["demo"]), "", "  Say something:   .venv/bin/waddlebot chat"]
    else:
        lines += [
            f"  Portal           {env['PUBLIC_URL']}/portal/",
            "  First account    .venv/bin/waddlebot manage createsuperuser",
        ]
    print("\n".join([*lines, ""]), flush=True)


def _require_ports(options: argparse.Namespace, *, patience_s: float) -> None:
    if options.port == options.overlay_port:
        raise Refusal("--port and --overlay-port must differ: they are two origins on purpose")
    require_free(options.host, options.port, "--port", patience_s=patience_s)
    require_free(options.host, options.overlay_port, "--overlay-port", patience_s=patience_s)


def _origin(host: str, number: int) -> str:
    found = reachable(host)
    return f"http://[{found}]:{number}" if ":" in found else f"http://{found}:{number}"


def port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:  # noqa: PLR2004
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


def count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a number, at least 1")
    return int(text)
