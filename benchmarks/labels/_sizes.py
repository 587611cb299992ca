"""The same part in a world of ten communities, and in one of ten thousand."""

import subprocess
import sys
from typing import Final

COMMUNITIES: Final = (10, 10_000)


def in_each_world(part: str) -> int:
    """Run a part of this benchmark anew for each; return what the first that failed returned."""
    for communities in COMMUNITIES:
        # Django knows one database in its life, and each world has one of its own.
        command = [sys.executable, "-m", f"benchmarks.labels.{part}", *sys.argv[1:]]
        done = subprocess.run([*command, f"--communities={communities}"], check=False)  # noqa: S603
        if done.returncode:
            return done.returncode
    return 0
