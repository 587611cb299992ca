"""`waddlebot manage`: Django's commands, attached to the running servers when there are any."""

import argparse
import sys
from typing import Any

from waddlebot.cli.attach import use_django


def add(commands: Any) -> None:
    # Never parsed: `main` hands all words on.
    commands.add_parser("manage", help="any Django management command", add_help=False)


def run(options: argparse.Namespace) -> int:
    use_django(options, required=False)
    from django.core.management import execute_from_command_line

    sys.argv = ["waddlebot manage", *options.words]
    execute_from_command_line(sys.argv)
    return 0
