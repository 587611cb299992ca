"""Child processes that never outlive us."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1


@lru_cache(maxsize=1)
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int, death: signal.Signals = signal.SIGTERM) -> None:
    """Have Linux send us `death` when `parent` is gone, however it went."""
    if sys.platform != "linux":
        return
    _libc().prctl(PR_SET_PDEATHSIG, death)
    if os.getppid() != parent:  # It died between the fork and prctl.
        os._exit(1)


def spawn(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    death: signal.Signals = signal.SIGTERM,
    **options: Any,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, which gets the signal `death` when we die.

    Call it from the main thread: Linux ties the death signal to the thread that forks.
    """
    if "user" in options:
        options["extra_groups"] = []
    return subprocess.Popen(  # noqa: S603 - our own binaries, never a shell
        [str(part) for part in command],
        env=env,
        start_new_session=True,
        preexec_fn=_prepare(os.getpid(), death),  # noqa: PLW1509 - we fork from the main thread
        **options,
    )


def _prepare(parent: int, death: signal.Signals) -> Callable[[], None]:
    _libc()  # Loaded before the fork.
    return lambda: die_with_parent(parent, death)


def end(process: subprocess.Popen[bytes], *steps: tuple[signal.Signals, float]) -> None:
    """Send each signal in turn and wait so many seconds, until it ends; then kill its group."""
    for number, patience in steps:
        if process.poll() is not None:
            break
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience)
    kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a child and whatever it started: each child leads a session, thus a group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
