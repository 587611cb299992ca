"""`waddlebot collect PLATFORM`: listen to a platform, and do there what WaddleBot answers."""

import argparse
import asyncio
import json
import logging.config
import secrets
import signal
import socket
import subprocess
import sys
from typing import Any, Final

from waddlebot.cli.attach import add_data_option, attach
from waddlebot.cli.platforms import PLATFORMS, maker
from waddlebot.lib.env import Env
from waddlebot.runtime.folder import Refusal

USUAL_PLACES: Final = 500
MOST_PLACES: Final = 5000
CHATTY: Final = ("aiohttp", "discord", "slack_sdk")


def add(commands: Any) -> None:
    parser = commands.add_parser("collect", help="listen to a platform from here")
    parser.add_argument("platform", choices=PLATFORMS)
    parser.add_argument(
        "--name", help="its collector_id, one for each that runs (default: a new one each time)"
    )
    parser.add_argument(
        "--places", type=places, default=USUAL_PLACES, help="how many to listen to (default: 500)"
    )
    parser.add_argument(
        "--verified", action="store_true", help="the bot is verified by Twitch: it may be faster"
    )
    add_data_option(parser)
    parser.set_defaults(run=run)


def places(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_PLACES:
        raise argparse.ArgumentTypeError(f"a number from 1 to {MOST_PLACES}")
    return int(text)


def run(options: argparse.Namespace) -> int:
    import uvloop

    from waddlebot.collectors.base import GiveUpError

    attach(options)
    env = Env()
    _log(env)
    key = env.token("COLLECTOR_KEY") or _demo_key()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_collect(options, env, key))
    except (GiveUpError, ConnectionError) as reason:
        raise Refusal(str(reason)) from None
    return 0


async def _collect(options: argparse.Namespace, env: Env, key: str) -> None:
    from waddlebot.collectors.collector import Collector
    from waddlebot.collectors.router import Router

    make = await maker(options.platform, env, verified=options.verified)
    url = env.web_url("PUBLIC_URL", "http://127.0.0.1:8000")
    overlay_url = env.web_url("OVERLAY_URL", "http://127.0.0.1:8027")
    name = options.name or f"{options.platform}-{socket.gethostname()[:50]}-{secrets.token_hex(4)}"
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Router(url, overlay_url, key, name) as router:
        await Collector(router, make, most=options.places).run(stop)


def _log(env: Env) -> None:
    from waddlebot.lib.logging import configuration

    form = env.one_of("LOG_FORMAT", ("json", "console"), "console")
    told = configuration(env.text("LOG_LEVEL") or "INFO", form)
    told["loggers"] |= {name: {"level": "ERROR"} for name in CHATTY}
    logging.config.dictConfig(told)


def _demo_key() -> str:
    """Ask for the key of the demo community, in a process of its own that has Django."""
    asked = [sys.executable, "-m", "waddlebot", "demo", "--json"]
    done = subprocess.run(asked, capture_output=True, check=False)  # noqa: S603 - ourselves
    if done.returncode:
        raise Refusal("set COLLECTOR_KEY to a key with events:write and coordination:write")
    return str(json.loads(done.stdout)["collector_key"])
