"""`waddlebot bench [NAME]`: each benchmark is a module of `benchmarks/` that prints one table."""

import argparse
import pkgutil
import subprocess
import sys
from importlib import import_module
from typing import Any

from waddlebot.runtime.folder import Refusal


def add(commands: Any) -> None:
    parser = commands.add_parser("bench", help="run the benchmarks, one table each")
    parser.add_argument("name", nargs="?", help="only this one (default: all of them)")
    parser.add_argument("options", nargs=argparse.REMAINDER, help="options of its own")
    parser.set_defaults(run=run)


def names() -> list[str]:
    """Return the benchmarks there are; a leading underscore marks their helpers."""
    package = import_module("benchmarks")
    found = pkgutil.iter_modules(package.__path__)
    return sorted(each.name for each in found if not each.name.startswith("_"))


def run(options: argparse.Namespace) -> int:
    known = names()
    if options.name and options.name not in known:
        raise Refusal(f"there is no benchmark {options.name!r}, but {', '.join(known)}")
    for name in [options.name] if options.name else known:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", f"benchmarks.{name}", *options.options], check=False
        )
        if done.returncode:
            raise Refusal(f"the benchmark {name} failed: the lines above say why")
    return 0
