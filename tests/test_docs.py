"""What README.md and docs/ say is so: links, files, settings, commands, requests."""

import ast
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.management import get_commands
from django.utils import timezone

from tests.client import Api
from waddlebot.cli import parser
from waddlebot.demo import build

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ["waddlebot", "identity", "labels", "marketplace", "browser_sources", "core_router"]
PAGES = sorted(
    page
    for page in ROOT.rglob("*.md")
    if not any(part.startswith(".") for part in page.relative_to(ROOT).parts)
)
# These name files that the reader is about to make.
GUIDES = {"add-a-module.md"}
WADDLEBOT = ".venv/bin/waddlebot"
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
REPOSITORY_FILE = re.compile(r"`((?:\w+/)+[\w.-]+\.(?:py|lua|md|html|css|js))`")
ENV_METHOD = re.compile(
    r"text|token|secrets|rsa_key|ed25519_key|number|flag|words|one_of|networks|web_url|database"
    r"|folder|email"
)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, language: str) -> list[str]:
    return [body for kind, body in FENCE.findall(page.read_text()) if kind == language]


def command_lines(page: Path) -> Iterator[list[str]]:
    """Yield the words of each command in a page's shell blocks."""
    for block in blocks(page, "sh"):
        yield from (
            words
            for command in re.split(r"\n(?=\S)", block.replace("\\\n", " "))
            if (words := shlex.split(command, comments=True))
        )


def anchors(page: Path) -> set[str]:
    """Return what GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}


def settings_read() -> Iterator[tuple[str, str]]:
    """Yield each environment variable that the code reads, with its default as written."""
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield from _setting(node, node.func)
            elif isinstance(node, ast.Compare) and "os.environ" in ast.unparse(node):
                yield from ((word, "") for word in _strings([node.left]) if word.isupper())


def _setting(call: ast.Call, function: ast.Attribute) -> Iterator[tuple[str, str]]:
    reader = ast.unparse(function.value)
    from_env = reader in {"env", "self"} and ENV_METHOD.fullmatch(function.attr)
    from_os = reader == "os.environ" and function.attr == "get"
    names = _strings(call.args[:1])
    if (from_env or from_os) and names and names[0].isupper():
        defaults = [str(arg.value) for arg in call.args[1:] if isinstance(arg, ast.Constant)]
        yield names[0], defaults[0] if defaults else ""


def _strings(nodes: list[ast.expr]) -> list[str]:
    values = [node.value for node in nodes if isinstance(node, ast.Constant)]
    return [value for value in values if isinstance(value, str)]


def settings_documented() -> dict[str, str]:
    page = (ROOT / "docs/settings.md").read_text()
    return dict(re.findall(r"^\| `([A-Z_]+)` \|(.*)$", page, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_its_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text()):
        place, _, anchor = link.partition("#")
        if urlsplit(link).scheme:
            continue
        target = (page.parent / place).resolve() if place else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", [p for p in PAGES if p.name not in GUIDES], ids=name_of)
def test_the_files_it_names_are_there(page: Path) -> None:
    named = REPOSITORY_FILE.findall(page.read_text())

    missing = {f for f in named if not (ROOT / f).exists() and not (page.parent / f).exists()}
    assert not missing


def test_the_readme_begins_with_the_two_commands() -> None:
    first = blocks(ROOT / "README.md", "sh")[0]

    assert [line.split("#")[0].strip() for line in first.splitlines()] == ["make up", "make test"]


def test_every_setting_that_is_read_is_documented_with_its_default() -> None:
    documented = settings_documented()

    for name, default in settings_read():
        assert name in documented, name
        assert default in documented[name], f"{name} defaults to {default}"


def test_no_setting_is_documented_that_nothing_reads() -> None:
    assert settings_documented().keys() <= {name for name, _ in settings_read()}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_its_commands_exist(page: Path) -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)

    for words in command_lines(page):
        if words[0] == "make":
            assert words[1] in targets, words
        elif words[0] == WADDLEBOT and words[1] == "manage":
            assert words[2] in get_commands(), words
        elif words[0] == WADDLEBOT:
            parser().parse_args(words[1:])


@pytest.mark.django_db
def test_every_request_of_the_readme_is_answered() -> None:
    demo = build(now=timezone.now())
    keys = {"X-API-Key: $KEY": demo.collector_key, "X-API-Key: $ADMIN": demo.admin_key}
    requests = [words for words in command_lines(ROOT / "README.md") if words[0] == "curl"]

    for words in requests:
        key = next(key for header, key in keys.items() if header in words)
        url = urlsplit(words[1])
        answer = Api(key).post(f"{url.path}?{url.query}", json.loads(words[-1]))
        assert answer.status_code in {200, 201}, words
    assert len(requests) == 5


@pytest.mark.django_db
def test_the_readme_shows_what_is_answered() -> None:
    demo = build(now=timezone.now())
    by_path = {
        urlsplit(words[1]).query: json.loads(words[-1])
        for words in command_lines(ROOT / "README.md")
        if words[0] == "curl" and urlsplit(words[1]).path == "/router/v1/events"
    }
    api = Api(demo.collector_key)

    first = api.post("/router/v1/events", by_path[""]).json()
    again = api.post("/router/v1/events", by_path[""]).json()
    traced = api.post("/router/v1/events?trace=true", by_path["trace=true"]).json()

    assert first["actions"][0]["text"] == "Go and see bob! https://twitch.tv/bob"
    assert again["outcome"] == "duplicate"
    assert traced["outcome"] == "denied"
    assert traced["trace"][-1]["remedy"] == "the role moderator or higher"
