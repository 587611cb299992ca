"""Servers die, freeze and come back while modules are at work; each event is done once."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import httpx
import pytest

from core_router.pipeline.gate import AVOID_S
from tests.core_router.engines.server import Asked, ModuleServer, Told, module_server, says
from tests.runtime.running import Up, wait_until
from waddlebot.runtime.postgres import Postgres
from waddlebot.runtime.process import end
from waddlebot.runtime.valkey import Valkey

pytestmark = pytest.mark.xdist_group("up")

PLACE = "/router/v1/communities/rookery"
TIMEOUT_S = 1.0


@dataclass
class House:
    """A `waddlebot up` on servers of its own, and a module that answers `#hello` and a hook."""

    up: Up
    postgres: Postgres
    valkey: Valkey
    module: ModuleServer
    keys: dict[str, Any]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.up.port}"

    def post(
        self, path: str, body: Any, key: str = "collector_key", **head: str
    ) -> httpx.Response:
        headers = {"X-API-Key": self.keys[key], **head}
        return httpx.post(f"{self.url}{path}", json=body, headers=headers, timeout=60)

    def get(self, path: str, key: str = "admin_key") -> httpx.Response:
        return httpx.get(f"{self.url}{path}", headers={"X-API-Key": self.keys[key]}, timeout=60)

    def send(self, content: str, event_id: str = "", **rest: Any) -> httpx.Response:
        event_id = event_id or str(uuid4())
        event = {
            "event_id": event_id, "platform": "twitch", "server_id": "rookery",
            # One whom no cooldown of before keeps waiting.
            "user_id": event_id, "user_name": "bob", "user_roles": ["moderator"],
            "message_type": "chatMessage", "message_content": content,
        }  # fmt: skip
        head = rest.pop("head", {})
        return self.post("/router/v1/events", event | rest, **head)

    def outcome(self, content: str, event_id: str = "", **rest: Any) -> str:
        said = self.send(content, event_id, **rest)
        assert said.status_code == 200, said.text
        return str(said.json()["outcome"])

    def actions(self, *, wait_s: int) -> httpx.Response:
        return httpx.get(
            f"http://127.0.0.1:{self.up.overlay_port}/router/v1/entities/twitch+rookery/actions",
            params={"wait": wait_s},
            headers={"X-API-Key": self.keys["collector_key"]},
            timeout=60,
        )

    def is_well(self) -> bool:
        try:
            said = httpx.get(f"{self.url}/health/detailed", timeout=10)
        except httpx.TransportError:
            return False
        return said.status_code == 200 and said.json()["status"] == "ok"

    def restart_postgres(self) -> None:
        self.stop_postgres()
        self.start_postgres()

    def stop_postgres(self) -> None:
        assert self.postgres.process
        end(self.postgres.process, (signal.SIGINT, 20))

    def start_postgres(self) -> None:
        self.postgres.start(fast_and_loose=True)

    def valkey_process(self) -> "subprocess.Popen[bytes]":
        assert self.valkey.process
        return self.valkey.process

    def kill_web(self) -> None:
        os.killpg(os.getpgid(min(self.up.processes("granian"))), signal.SIGKILL)


@pytest.fixture(scope="module")
def house(folder: Path) -> Iterator[House]:
    home = folder / "faults"
    home.mkdir(mode=0o755)
    postgres, valkey = Postgres(home), Valkey(home, persist=False)
    postgres.start(fast_and_loose=True)
    valkey.start()
    around = {"DATABASE_URL": postgres.url, "REDIS_URL": valkey.url}
    up = Up(home / "data", **around, ENGINE_ALLOWED_HOSTS="127.0.0.1")
    with module_server() as module:
        up.start()
        house = House(up, postgres, valkey, module, json.loads(up.run("demo", "--json").stdout))
        engine = {"type": "webhook", "url": module.url, "timeout_s": TIMEOUT_S}
        wish = {"name": "hello", "prefix": "#", "engine": engine}
        assert house.post(f"{PLACE}/commands", wish, key="admin_key").status_code == 201
        hook = {"message_types": ["follow"], "engine": engine}
        assert house.post(f"{PLACE}/event-hooks", hook, key="admin_key").status_code == 201
        yield house
        up.stop()
    valkey.stop()
    postgres.stop()


@pytest.fixture
def module(house: House) -> ModuleServer:
    """The module, as if it had never been asked."""
    wait_until(house.is_well, "a house that is well")
    time.sleep(AVOID_S)  # Redis is left alone for so long once it was away.
    house.module.asked.clear()
    house.module.say = says({"text": "Hello!"})
    return house.module


@contextmanager
def at_work(house: House, event_id: str) -> Iterator[Any]:
    """Send `#hello`; while its module is at work, do what is in the block."""
    go_on = Event()

    def say(_: Asked) -> Told:
        go_on.wait(30)
        return Told(body=b'{"text": "Hello!"}')

    house.module.say = say
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(house.send, "#hello", event_id)
        wait_until(lambda: bool(house.module.asked), "a call of the module")
        yield answer
        go_on.set()
    house.module.say = says({"text": "Hello!"})


def test_an_event_that_comes_again_while_its_module_is_at_work_waits_and_calls_nobody(
    house: House, module: ModuleServer
) -> None:
    with ThreadPoolExecutor(1) as pool, at_work(house, "twice") as first:
        second = pool.submit(house.outcome, "#hello", "twice")

    assert (first.result().json()["outcome"], second.result()) == ("executed", "duplicate")
    assert len(module.asked) == 1


def test_a_web_process_that_is_killed_leaves_its_call_to_the_one_after_it(
    house: House, module: ModuleServer
) -> None:
    with at_work(house, "killed") as first:
        house.kill_web()
        assert isinstance(first.exception(), httpx.TransportError)
        wait_until(house.is_well, "a new web process")
    outcomes = [house.outcome("#hello", "killed") for _ in range(2)]

    assert outcomes == ["executed", "duplicate"]
    assert len(module.asked) == 2
    assert len(set(module.ids)) == 1


def test_postgresql_restarted_in_the_middle_is_a_503_or_nothing_at_all(
    house: House, module: ModuleServer
) -> None:
    with at_work(house, "restarted") as first:
        house.restart_postgres()
    again = [house.outcome("#hello", "restarted") for _ in range(2)]

    status = first.result().status_code
    assert (status, again) in [
        (503, ["executed", "duplicate"]),
        (200, ["duplicate", "duplicate"]),
    ]
    assert len(set(module.ids)) == 1


def test_without_postgresql_everything_is_503_and_comes_back(
    house: House, module: ModuleServer
) -> None:
    paths = [f"{PLACE}/commands", f"{PLACE}/event-hooks", "/identity/v1/me", "/portal/"]

    house.stop_postgres()
    try:
        refused = [house.send("!hug", "away"), house.send("#hello"), *map(house.get, paths)]
        alive = httpx.get(f"{house.url}/health").status_code
    finally:
        house.start_postgres()
    wait_until(house.is_well, "PostgreSQL back")

    assert {said.status_code for said in refused} <= {503, 302}
    assert {said.headers["retry-after"] for said in refused if said.status_code == 503} == {"1"}
    assert (alive, module.asked) == (200, [])
    assert house.outcome("!hug", "away") == "executed"


@pytest.mark.parametrize("how", ["frozen", "stopped"])
def test_without_redis_commands_are_answered_and_nothing_owed_is_lost(
    how: str, house: House, module: ModuleServer
) -> None:
    with without_redis(house, how):
        outcomes = [house.outcome("!hug"), house.outcome("#hello"), house.outcome("!help")]
        follow = house.outcome("", f"follow {how}", message_type="follow")
        later = house.send("#hello", f"later {how}", head={"Prefer": "respond-async"})
        listed = house.get(f"{PLACE}/commands").status_code

    assert (outcomes, listed) == (["executed"] * 3, 200)
    assert (follow, later.status_code) == ("delivered", 202)
    wait_until(lambda: len(module.asked) >= 3, "what was owed")
    events = [asked.json()["event"]["event_id"] for asked in module.asked[1:]]
    assert sorted(events) == [f"follow {how}", f"later {how}"]


@pytest.mark.parametrize("server", ["postgres", "redis"])
def test_a_collector_that_waits_is_told_afterwards(
    server: str, house: House, module: ModuleServer
) -> None:
    module.say = says({}, 202)
    house.outcome("#hello", f"waiting {server}")
    call = module.asked[0].json()
    ids = {name: call[name] for name in ("execution_id", "session_id")}

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(house.actions, wait_s=5)
        if server == "postgres":
            house.restart_postgres()
            taken = house.post("/router/v1/responses", ids | {"text": "Here it is."})
        else:
            with without_redis(house, "frozen"):
                taken = house.post("/router/v1/responses", ids | {"text": "Here it is."})
        first = waiting.result()
    texts = [each["text"] for each in house.actions(wait_s=5).json()["results"]]

    assert taken.status_code == 200, taken.text
    assert first.status_code in {200, 503}, first.text
    assert "Here it is." in texts


@contextmanager
def without_redis(house: House, how: str) -> Iterator[None]:
    process = house.valkey_process()
    if how == "frozen":
        process.send_signal(signal.SIGSTOP)
        yield
        process.send_signal(signal.SIGCONT)
    else:
        end(process, (signal.SIGKILL, 10))
        yield
        assert house.valkey._start_once()
    wait_until(house.is_well, "Redis back")
