"""`waddlebot bench labels`: giving a thousand at a time, and what else labels are fast at.

Each part starts servers of its own and prints one table.
"""

import argparse
import subprocess
import sys

PARTS = ("bulk", "checks", "imports", "rules", "searches")


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks labels", description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="one part, with options of its own")
    options, rest = parser.parse_known_args()
    for part in [options.only] if options.only else PARTS:
        command = [sys.executable, "-m", f"benchmarks.labels.{part}", *rest]
        done = subprocess.run(command, check=False)  # noqa: S603 - our own program
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
