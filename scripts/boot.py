"""Make `.venv` and put everything of `requirements.lock` into it. Standard library only.

Does nothing when that was done already. Uses uv when it is on PATH (4 s), else pip (25 s).
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "installed"

COMMAND = f"""\
#!/bin/sh
'''exec' '{PYTHON}' "$0" "$@"
' '''
import sys

from waddlebot.cli import main

sys.exit(main())
"""


def fingerprint() -> str:
    """Return what the environment is made of: the lock, this Python, where the checkout is."""
    parts = [LOCK.read_bytes(), str(ROOT).encode(), sys.version.encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def is_ready() -> bool:
    try:
        return STAMP.read_text() == fingerprint() and PYTHON.exists()
    except OSError:
        return False


def ask(code: str) -> str:
    """Return what `.venv`'s Python prints, or nothing when there is none that works."""
    try:
        command = [str(PYTHON), "-c", code]
        return subprocess.check_output(command, stderr=subprocess.DEVNULL, text=True).strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def run(command: list[object], trouble: str) -> None:
    # PYTHONHOME and PYTHONPATH are about some other Python.
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    env.update(UV_SYSTEM_CERTS="1", PIP_DISABLE_PIP_VERSION_CHECK="1")
    if subprocess.run([str(part) for part in command], env=env, check=False).returncode:
        sys.exit(f"boot: {trouble}")


def make_environment(uv: str | None) -> None:
    # A moved checkout or an upgraded Python leaves an environment that no longer works.
    needed = "sys" if uv else "sys, pip"  # uv makes environments without pip.
    if ask(f"import {needed}; print(sys.prefix, sys.version)") == f"{VENV} {sys.version}":
        return
    if uv:
        command: list[object] = [uv, "venv", "--quiet", "--clear", "--python", sys.executable]
        run([*command, VENV], "uv could not make .venv; the lines above say why.")
        return
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        sys.exit(
            "boot: this Python has no `venv`. On Debian and Ubuntu: `apt install python3-venv`, "
            "then run the same command again. (With uv on PATH it is not needed.)"
        )
    command = [sys.executable, "-m", "venv", "--clear", VENV]
    run(command, "`python -m venv` failed. On Debian and Ubuntu `apt install python3-venv` helps.")


def install(uv: str | None) -> None:
    """The lock is complete, so nothing is resolved; each file must have the hash it names."""
    tool: list[object] = (
        [uv, "pip", "install", "--quiet", "--python", PYTHON]
        if uv
        else [PYTHON, "-m", "pip", "install", "-qq", "--no-compile"]
    )
    run(
        [*tool, "--no-deps", "--require-hashes", "-r", LOCK],
        "installing failed; the lines above say why. Run the same command again when the package "
        "index can be reached; pip's and uv's own settings (proxy, mirror) are obeyed.",
    )


def install_ourselves() -> None:
    """A path file and a command: what an editable install makes, but with no build backend."""
    packages = ask("import sysconfig; print(sysconfig.get_path('purelib'))")
    (Path(packages) / "waddlebot.pth").write_text(f"{ROOT}\n")
    command = VENV / "bin" / "waddlebot"
    command.write_text(COMMAND)
    command.chmod(0o755)


def main() -> None:
    if sys.version_info < (3, 11):
        sys.exit(
            f"boot: WaddleBot needs Python 3.11 or newer, and this is {sys.version.split()[0]}. "
            "When a newer one is installed, name it: `make up PYTHON=python3.12`."
        )
    if is_ready():
        return
    uv = shutil.which("uv")
    how = "uv" if uv else "pip: half a minute"
    print(f"Installing what WaddleBot needs into .venv ({how})", flush=True)
    STAMP.unlink(missing_ok=True)
    make_environment(uv)
    install(uv)
    install_ourselves()
    STAMP.write_text(fingerprint())


if __name__ == "__main__":
    main()
