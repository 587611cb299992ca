"""The modules of docs/modules.md, run as they stand there."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from core_router.models import Command
from tests.browser_sources.server import free_port
from tests.core_router.conftest import Door
from tests.core_router.engines.conftest import SECRET
from tests.core_router.engines.server import ModuleServer

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "modules.md"
RAISED = re.compile(r"EngineError\(\s*\"([a-z_]+)\"")
BLOCKS = dict(re.findall(r"^```(\w+)\n(.*?)^```", PAGE.read_text(), re.M | re.S))
PATIENCE_S = 120
Add = Callable[..., Command]


def command_for(language: str, folder: Path) -> Sequence[str]:
    """Return what runs the page's module; Go's is built first."""
    source = folder / f"hello.{language}"
    source.write_text(BLOCKS[language])
    if language != "go":
        return [sys.executable if language == "python" else "node", str(source)]
    built = str(folder / "hello")
    subprocess.run(["go", "build", "-o", built, str(source)], check=True, cwd=folder)  # noqa: S603, S607
    return [built]


def program_of(language: str) -> str:
    return {"python": sys.executable, "js": "node"}.get(language, language)


def until_it_listens(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("the module does not listen")


@pytest.fixture(scope="module", params=["python", "js", "go"])
def address(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Return where the module of the page listens, written in one language."""
    if shutil.which(program_of(request.param)) is None:
        pytest.skip(f"there is no {request.param} here")
    port = free_port()
    around = os.environ | {"SECRET": SECRET, "PORT": str(port)}
    command = command_for(request.param, tmp_path_factory.mktemp(request.param))
    process = subprocess.Popen(command, env=around, stderr=subprocess.DEVNULL)  # noqa: S603
    until_it_listens(port)
    yield f"http://127.0.0.1:{port}/"
    process.kill()
    process.wait()


def test_it_greets_whoever_calls(
    address: str, door: Door, hello: Add, module: ModuleServer
) -> None:
    hello(target=address)

    answer = door.say("#hello", display_name="Zoë")

    assert [action["text"] for action in answer["actions"]] == ["Hello, Zoë!"]
    assert not module.asked


def test_only_what_we_have_signed_a_moment_ago_is_listened_to(address: str) -> None:
    now = datetime.now(UTC)
    body, other = json.dumps({"user": {"display_name": "Eve"}}), "whsec_" + "b3RoZXI" + "A" * 25
    headers = signed(body, now)

    said = [
        post(address, body, headers),
        post(
            address,
            body,
            headers | {"webhook-signature": f"v1,AAAA {headers['webhook-signature']}"},
        ),
        post(address, body.replace("Eve", "Bob"), headers),
        post(address, body, headers | {"webhook-id": "another"}),
        post(address, body, signed(body, now, secret=other)),
        post(address, body, signed(body, now - timedelta(minutes=6))),
        post(address, body, signed(body, now + timedelta(minutes=6))),
        post(address, body, headers | {"webhook-timestamp": "soon"}),
        post(address, body, {}),
        post(address, body, headers),
    ]

    assert said == [200, 200, 401, 401, 401, 401, 401, 401, 401, 200]


def test_the_page_shows_all_that_is_sent(door: Door, hello: Add, module: ModuleServer) -> None:
    hello()

    door.say('#hello "big world"', message_id="m1", event_id="1", display_name="Alice")

    sent, shown = module.asked[0].json(), json.loads(BLOCKS["json"])
    assert shape(shown) == shape(sent)


def test_every_reason_why_a_call_fails_is_explained() -> None:
    sources = [path.read_text() for path in (ROOT / "core_router").rglob("*.py")]
    raised = {code for text in sources for code in RAISED.findall(text)}
    pages = PAGE.read_text() + PAGE.with_name("functions.md").read_text()

    assert len(raised) > 15
    assert not {code for code in raised if f"`{code}`" not in pages}


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return type(value)


def signed(body: str, at: datetime, secret: str = SECRET) -> dict[str, str]:
    return {
        "webhook-id": "1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("1", at, body),
    }


def post(address: str, body: str, headers: dict[str, str]) -> int:
    return httpx.post(address, content=body, headers=headers, timeout=PATIENCE_S).status_code
