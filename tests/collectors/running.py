"""`waddlebot collect`, as somebody runs it who has a key and nothing else."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

from tests.runtime.running import PATIENCE_S, wait_until

INHERITED = ("PATH", "HOME", "LANG", "PYTHONPATH", "COVERAGE_PROCESS_CONFIG")


class Collecting:
    def __init__(self, platform: str, log: Path, *words: str, **settings: str) -> None:
        self.log = log
        known = {name: os.environ[name] for name in INHERITED if name in os.environ}
        command = [sys.executable, "-m", "waddlebot", "collect", platform, *words]
        with log.open("ab") as out:
            self.process = subprocess.Popen(  # noqa: S603 - our own
                command, env=known | settings, stdout=out, stderr=out
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_S)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def says(self, text: str) -> None:
        """Return when it has logged it."""
        wait_until(lambda: text in self.log.read_text(), text)
