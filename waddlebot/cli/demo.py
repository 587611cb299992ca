"""`waddlebot demo`: a community to play with, its keys and its addresses."""

import argparse
import json
from dataclasses import asdict
from typing import Any

from waddlebot.cli.attach import add_data_option, use_django


def add(commands: Any) -> None:
    parser = commands.add_parser("demo", help="make or find the demo community, print its keys")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    add_data_option(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    use_django(options)
    from django.utils import timezone

    from waddlebot.demo import build

    found = build(now=timezone.now())
    print(json.dumps(asdict(found), indent=2) if options.json else describe(asdict(found)))
    return 0


def describe(found: dict[str, Any]) -> str:
    lines = [
        ("Portal", found["owner"]["login_url"]),
        ("", "(signs you in as its owner, once, within 15 minutes)"),
        ("Collector key", found["collector_key"]),
        ("Admin key", found["admin_key"]),
        *((f"Overlay {kind}", url) for kind, url in found["sources"].items()),
    ]
    return "\n".join(f"  {name:<16} {value}" for name, value in lines)
