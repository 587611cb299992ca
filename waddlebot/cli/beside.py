"""Collectors beside a `waddlebot up`, which lives on without them."""

import argparse
import socket
from collections.abc import Mapping
from typing import Any, Final

from waddlebot.runtime.folder import Refusal
from waddlebot.runtime.supervisor import Service, python

PRIVATE: Final = frozenset({"DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "SECRET_KEY"})


def collectors(
    options: argparse.Namespace, env: Mapping[str, str], ready: Mapping[str, Any]
) -> list[Service]:
    """They are told what a collector elsewhere would be: addresses, a key, credentials."""
    if not options.collect:
        return []
    key = env.get("COLLECTOR_KEY") or (ready["demo"] or {}).get("collector_key")
    if not key:
        raise Refusal("--collect with --no-demo needs COLLECTOR_KEY: see `waddlebot key create`")
    known = {name: value for name, value in env.items() if name not in PRIVATE}
    name = f"up-{socket.gethostname()[:50]}"
    return [
        Service(
            platform,
            python("-m", "waddlebot", "collect", platform, "--name", name),
            lambda: True,
            env=known | {"COLLECTOR_KEY": key},
            is_needed=False,
        )
        for platform in dict.fromkeys(options.collect)
    ]
