"""Run one benchmark with options of its own: `python -m benchmarks events --help`."""

import subprocess
import sys

from waddlebot.cli.bench import names


def main() -> int:
    known = names()
    if len(sys.argv) == 1 or sys.argv[1] not in known:
        print(f"usage: python -m benchmarks {{{','.join(known)}}} [options]")
        return int(len(sys.argv) > 1)
    command = [sys.executable, "-m", f"benchmarks.{sys.argv[1]}", *sys.argv[2:]]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own program


if __name__ == "__main__":
    sys.exit(main())
