"""docs/add-a-module.md, followed to the letter."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from core_router import registry
from core_router.sdk import Reply

ROOT = Path(__file__).resolve().parents[3]
PARTS = [
    "browser_sources", "core_router", "identity", "labels", "marketplace", "portal", "tests",
    "waddlebot",
]  # fmt: skip
LINE = "    # Chat modules. Remove a line and its module is gone.\n"

_BLOCK = re.compile(r"^\*\*`([^`\n]+)`\*\*\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def blocks() -> dict[str, str]:
    """Return the files the guide shows, by path."""
    return dict(_BLOCK.findall((ROOT / "docs/add-a-module.md").read_text()))


@pytest.fixture
def house(tmp_path: Path, blocks: dict[str, str]) -> Path:
    """Return a copy of this house with steps 1 to 6 taken."""
    for part in PARTS:
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    settings = tmp_path / "waddlebot/settings.py"
    added = settings.read_text().replace(LINE, LINE + blocks["waddlebot/settings.py"])
    settings.write_text(added)
    for path, text in blocks.items():
        if "modules/" in path:
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_text(text)
    return tmp_path


def test_the_module_of_the_guide_works(house: Path) -> None:
    # Servers of ours, but a database and a Redis of its own on them.
    database, redis = os.environ["DATABASE_URL"], os.environ["REDIS_URL"]
    own = {
        "DATABASE_URL": re.sub(r"/[^/?]*(\?|$)", r"/the_guide\1", database, count=1),
        "REDIS_URL": redis.rpartition("/")[0] + "/63",
    }
    tests = [f"tests/core_router/modules/test_{name}.py" for name in ("dice", "every_module")]

    ran = run(house, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "dice", *tests, env=own)

    assert ran.returncode == 0, ran.stdout
    assert re.search(r"^1[0-9] passed", ran.stdout, re.MULTILINE)


def test_it_is_as_clean_as_the_rest(house: Path) -> None:
    files = ["core_router/modules/dice", "tests/core_router/modules/test_dice.py"]

    checked = run(house, "-m", "ruff", "check", *files)
    formatted = run(house, "-m", "ruff", "format", "--check", *files)

    assert (checked.returncode, formatted.returncode) == (0, 0), checked.stdout + formatted.stdout


@pytest.mark.django_db
def test_the_package_of_the_guide_brings_its_module(
    tmp_path: Path,
    blocks: dict[str, str],
    ask: Callable[..., Reply],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install(tmp_path, blocks)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "_modules", {})
    monkeypatch.setattr(registry, "_owners", {})

    registry.register_installed_packages()

    assert [module.slug for module in registry.all_modules()] == ["dice"]
    assert re.fullmatch(r"Alice rolled [1-6]\.", ask("dice", "!roll").text)


def install(place: Path, blocks: dict[str, str]) -> None:
    """Put there what an installer puts there."""
    project = tomllib.loads(blocks["waddlebot-dice/pyproject.toml"])["project"]
    name, version = project["name"].replace("-", "_"), project["version"]
    facts = place / f"{name}-{version}.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Name: {project['name']}\nVersion: {version}\n")
    group = project["entry-points"]["waddlebot.modules"]
    points = "\n".join(f"{point} = {target}" for point, target in group.items())
    (facts / "entry_points.txt").write_text(f"[waddlebot.modules]\n{points}\n")
    module = blocks["core_router/modules/dice/module.py"]
    (place / f"{name}.py").write_text(module)


def run(
    where: Path, *arguments: str, env: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    # It is another house: neither our run of the tests nor what they cover.
    others = ("PYTEST_", "COVERAGE_", "COV_CORE_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(others)}
    return subprocess.run(  # noqa: S603 - our own interpreter and words.
        [sys.executable, *arguments],
        cwd=where,
        env=kept | (env or {}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
