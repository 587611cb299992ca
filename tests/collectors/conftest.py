import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.collectors.irc import NGIRCD, ngircd
from tests.runtime.running import Up

API = "/router/v1"
RESPONSE = "Hail, ${user}!"


class House:
    """A real `waddlebot up`, as its owner sees it, and what a collector of his is told."""

    def __init__(self, up: Up) -> None:
        self._log = up.data.parent / "up.log"
        demo = json.loads(up.run("demo", "--json").stdout)
        self.settings = {
            "PUBLIC_URL": demo["base_url"],
            "OVERLAY_URL": demo["overlay_url"],
            "COLLECTOR_KEY": demo["collector_key"],
        }
        key = {"X-API-Key": demo["admin_key"]}
        self._owner = httpx.Client(base_url=demo["base_url"] + API, headers=key, timeout=30)
        self._post("communities/rookery/commands", {"name": "hail", "response": RESPONSE})
        self._owner.delete("/communities/rookery/entities/twitch+rookery").raise_for_status()

    @property
    def log(self) -> str:
        return self._log.read_text()

    def close(self) -> None:
        self._owner.close()

    def claims(self, platform: str, server: str = "", channel: str = "") -> str:
        """Return the name of a server that no other test has used."""
        name = server or f"place{uuid4().hex[:12]}"
        wish = {"platform": platform, "server_id": name, "channel_id": channel}
        self._post("communities/rookery/entities", wish)
        return name

    def leaves(self, entity: str) -> None:
        self._owner.delete(f"/communities/rookery/entities/{entity}").raise_for_status()

    def queues(self, entity: str, text: str) -> None:
        """Have something said there that no collector waits for."""
        platform, server, *channel = entity.split("+")
        event = {
            "platform": platform, "server_id": server, "channel_id": "".join(channel),
            "event_id": str(uuid4()), "user_id": "7", "user_name": "eve", "display_name": text,
            "message_type": "chatMessage", "message_content": "!hail",
        }  # fmt: skip
        self._post("events", event, Prefer="respond-async")

    def waiting(self, entity: str) -> list[Any]:
        return list(self._get(f"entities/{entity}/actions")["results"])

    def statistics(self, platform: str) -> dict[str, Any]:
        found = self._get("coordination/stats")["platforms"]
        return next(each for each in found if each["platform"] == platform)

    def _get(self, path: str) -> Any:
        return self._owner.get(f"/{path}").raise_for_status().json()

    def _post(self, path: str, body: dict[str, Any], **headers: str) -> None:
        self._owner.post(f"/{path}", json=body, headers=headers).raise_for_status()


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    # Not pytest's own folder: as root, PostgreSQL is another account and must be able to enter.
    folder = Path(tempfile.mkdtemp(prefix="wb-collect-"))
    folder.chmod(0o755)
    up = Up(folder / "data", COLLECTOR_LEASE_S="10")
    # It is told of no Slack: what is beside it ends, and it lives on.
    up.start("--collect", "slack")
    house = House(up)
    yield house
    house.close()
    up.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def irc_port(tmp_path: Path) -> Iterator[int]:
    if not NGIRCD and not os.environ.get("CI"):
        pytest.skip("ngircd is not installed")
    with ngircd(tmp_path) as port:
        yield port
