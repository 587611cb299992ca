"""The `waddlebot` command (contract 9). Django is loaded only by the commands that need it."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from waddlebot import __version__
from waddlebot.cli import bench, chat, collect, demo, key, labels, manage, up
from waddlebot.cli.trouble import explain

__all__ = ["main"]

COMMANDS = (up, demo, chat, collect, key, labels, manage, bench)


class Parser(argparse.ArgumentParser):
    """Complains in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def parser() -> argparse.ArgumentParser:
    root = Parser(
        prog="waddlebot", description="A community bot: chat in, answers and overlays out."
    )
    root.add_argument("--version", action="version", version=f"waddlebot {__version__}")
    commands = root.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add(commands)
    return root


def main(words: Sequence[str] | None = None) -> int:
    words = sys.argv[1:] if words is None else words
    if words[:1] == ["manage"]:  # Its options are Django's.
        options = argparse.Namespace(run=manage.run, words=list(words[1:]))
    else:
        options = parser().parse_args(words)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read us has seen enough (`| head`); nothing is left to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        message = explain(error)
        if message is None:
            raise
        print(f"waddlebot: {message}", file=sys.stderr)
        return 1
