"""A day with every kind of secret, and then no trace of one in what was written (security.md).

Two things are where they are by design and not looked for there: a session's id in Django's and
allauth's tables of sessions, and what `up` says when it is ready, to whoever has started it.
"""

import json
import re
import secrets
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from identity.operations.credentials import checksum
from tests.core_router.engines.server import ModuleServer, module_server
from tests.platforms.servers import DiscordServer, SlackServer, TwitchServer
from tests.runtime.evidence import RedisEvidence, found_in, logs, tables
from tests.runtime.outside import call_modules, environment
from tests.runtime.running import Up, wait_until

pytestmark = pytest.mark.xdist_group("up")

PASSWORD, WRONG_PASSWORD = "canary-horse-7-staple", "canary-horse-8-staple"
CREDENTIALS = TwitchServer.settings | DiscordServer.settings | SlackServer.settings
SECRET_CREDENTIALS = {name: value for name, value in CREDENTIALS.items() if "canary" in value}
MISTYPED_CODE = "K7QM2X"


@dataclass
class Day:
    """What happened, with everything that was secret in it."""

    up: Up
    discord: DiscordServer
    secrets: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    redis: bytes = b""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.up.port}"

    def keep_key(self, name: str, key: str) -> str:
        self.secrets[name] = key.split("_")[2]
        return key


@pytest.fixture(scope="module")
def day(folder: Path) -> Iterator[Day]:
    (folder / "canaries").mkdir()
    with DiscordServer() as discord, module_server() as module:
        allowed = {"ENGINE_ALLOWED_HOSTS": "127.0.0.1"}
        settings = CREDENTIALS | environment(module) | discord.environment | allowed
        up = Up(folder / "canaries" / "data", LOG_FORMAT="json", LOG_LEVEL="DEBUG", **settings)
        try:
            up.start()
            yield spend(Day(up, discord), module)
        finally:
            up.stop()


def spend(day: Day, module: ModuleServer) -> Day:
    day.secrets |= SECRET_CREDENTIALS
    day.secrets["secret_key"] = (day.up.data / "secret_key").read_text()
    with RedisEvidence(day.up) as evidence:
        sign_in_by_link(day)
        sign_in_by_password(day)
        key = use_keys(day)
        type_codes(day, key)
        receive_code(day, key)
        open_overlays(day)
        day.secrets |= call_modules(day.up, module)
    day.redis = evidence.text
    return day


def browser(day: Day) -> httpx.Client:
    return httpx.Client(base_url=day.url, follow_redirects=True, timeout=30)


def submit(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    page = client.get(path)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    form = {"csrfmiddlewaretoken": token[1] if token else "", **fields}
    return client.post(str(page.url), data=form, headers={"Referer": str(page.url)})


def sign_in_by_link(day: Day) -> None:
    link = re.search(r"/portal/sign-in/(\S+)", day.up.said)
    assert link
    day.secrets["sign-in link"] = link[1]
    with browser(day) as client:
        assert submit(client, link[0]).status_code == 200
        assert submit(client, link[0]).status_code == 410
        day.sessions["by link"] = client.cookies["sessionid"]


def sign_in_by_password(day: Day) -> None:
    code = (
        "from identity.models import User; from allauth.account.models import EmailAddress;"
        "owner = User.objects.get(username='owner');"
        "proven = dict(email='owner@rookery.example', verified=True, primary=True);"
        "EmailAddress.objects.create(user=owner, **proven);"
        f"owner.set_password('{PASSWORD}'); owner.save()"
    )
    day.up.run("manage", "shell", "-v0", "-c", code)
    day.secrets |= {"password": PASSWORD, "wrong password": WRONG_PASSWORD}
    with browser(day) as client:
        for password in (WRONG_PASSWORD, PASSWORD):
            submit(client, "/portal/sign-in", login="owner", password=password)
        day.sessions["by password"] = client.cookies["sessionid"]


def use_keys(day: Day) -> str:
    made = day.up.run(
        "key", "create", "--name", "canary", "--scopes", "identity:read", "identity:manage",
        "router:read", "--json",
    )  # fmt: skip
    key = day.keep_key("key of the command line", json.loads(made.stdout)["key"])
    with httpx.Client(base_url=day.url, headers={"X-API-Key": key}, timeout=30) as client:
        wish = {"name": "another", "scopes": ["identity:read"]}
        again = {"Idempotency-Key": "canary-1"}
        answers = [
            client.post("/identity/v1/api-keys", json=wish, headers=again) for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [201, 201]
        another = day.keep_key("key of the API", answers[0].json()["key"])
        rotated = client.post(f"/identity/v1/api-keys/{another.split('_')[1]}/rotate", json={})
        day.keep_key("rotated key", rotated.json()["key"])
        for wrong in wrong_keys(day, another):
            for headers in ({"X-API-Key": wrong}, {"Authorization": f"Bearer {wrong}"}):
                answer = client.get(f"/identity/v1/me?key={wrong}", headers=headers)
                assert answer.status_code == 401
    return key


def wrong_keys(day: Day, known: str) -> list[str]:
    """Return one nobody has, one with another's secret, and one that is mistyped."""
    unknown = f"wb_{'a' * 12}_{secrets.token_hex(22)[:43]}"
    forged = f"wb_{known.split('_')[1]}_{secrets.token_hex(22)[:43]}"
    mistyped = f"wb_{'b' * 12}_{secrets.token_hex(22)[:43]}_000000"
    keys = [f"{head}_{checksum(head)}" for head in (unknown, forged)] + [mistyped]
    return [day.keep_key(f"wrong key {number}", key) for number, key in enumerate(keys)]


def type_codes(day: Day, key: str) -> None:
    day.secrets["mistyped code"] = MISTYPED_CODE
    with httpx.Client(base_url=day.url, headers={"X-API-Key": key}, timeout=30) as client:
        for platform in ("discord", "slack", "twitch"):
            asked = client.post("/identity/v1/links", json={"platform": platform}).json()
            code = day.secrets[f"code for {platform}"] = asked["code"]
            day.secrets[f"small code for {platform}"] = code.lower()
            lines = [f"!verify {MISTYPED_CODE}", f"!VERIFY  {code.lower()}", "!confirm", "!whoami"]
            if platform == "twitch":
                type_for_later(day, lines)
            else:
                type_now(day, platform, lines)


def receive_code(day: Day, key: str) -> None:
    wish = {"platform": "discord", "platform_username": "100000000000000043", "method": "dm"}
    with httpx.Client(base_url=day.url, headers={"X-API-Key": key}, timeout=30) as client:
        asked = client.post("/identity/v1/links", json=wish).json()
        wait_until(lambda: bool(day.discord.messages), "a private message")
        code = re.search(r"\b[A-HJ-NP-Z2-9]{6}\b", day.discord.messages[0].text)
        assert code
        day.secrets["code by private message"] = code[0]
        verified = client.post(
            f"/identity/v1/links/{asked['link_id']}/verify", json={"code": code[0]}
        )
        assert verified.status_code == 200, verified.text


def type_now(day: Day, platform: str, lines: list[str]) -> None:
    said = day.up.run(
        "chat", "--json", "--platform", platform, "--as", "bob", stdin="\n".join(lines)
    )
    assert "bob on " in said.stdout.splitlines()[-1], said.stderr


def type_for_later(day: Day, lines: list[str]) -> None:
    """Have them queued: their text waits in PostgreSQL until a worker comes."""
    key = re.search(r"Collector key +(\S+)", day.up.said)
    assert key
    headers = {"X-API-Key": day.keep_key("collector key", key[1]), "Prefer": "respond-async"}
    with httpx.Client(base_url=day.url, headers=headers, timeout=30) as client:
        answers = [later(client, f"later-{number}", line) for number, line in enumerate(lines)]
    assert "bob on " in str(answers[-1])


def later(client: httpx.Client, event_id: str, line: str) -> dict[str, object]:
    place = {"platform": "twitch", "server_id": "rookery", "event_id": event_id}
    bob = {"user_id": "bob", "user_name": "bob", "message_type": "chatMessage"}
    event = {**place, **bob, "message_content": line}
    assert client.post("/router/v1/events", json=event).status_code == 202

    def answer() -> dict[str, object]:
        known = client.get(f"/router/v1/events/{event_id}?platform=twitch").json()
        return dict(known)

    wait_until(lambda: answer()["outcome"] != "pending", "a worker's answer")
    return answer()


def open_overlays(day: Day) -> None:
    tokens = set(re.findall(r"/browser/source/([^/\s]+)/", day.up.said))
    day.secrets |= {f"overlay {number}": token for number, token in enumerate(sorted(tokens))}
    day.secrets["wrong overlay"] = "tok_" + secrets.token_hex(20)
    for token in (*tokens, day.secrets["wrong overlay"]):
        httpx.get(f"http://127.0.0.1:{day.up.overlay_port}/browser/source/{token}/ticker")


def test_no_secret_is_in_the_logs(day: Day) -> None:
    assert len(logs(day.up)) > 10_000
    assert found_in(logs(day.up), day.secrets | day.sessions) == set()


def test_no_secret_is_in_redis(day: Day) -> None:
    assert len(day.redis) > 10_000
    assert found_in(day.redis, day.secrets | day.sessions) == set()


def test_no_secret_is_in_the_database(day: Day) -> None:
    found = {
        table: names for table, rows in tables(day.up) if (names := found_in(rows, day.secrets))
    }

    assert found == {}


def test_a_session_is_among_the_sessions_alone(day: Day) -> None:
    found = {table for table, rows in tables(day.up) if found_in(rows, day.sessions)}

    assert found == {"django_session", "usersessions_usersession"}


def test_a_secret_is_found_however_it_is_written() -> None:
    bodies = [b64encode(b"{" * before + b"K7QM2X, more") for before in range(6)]

    for written in (b"a K7QM2X b", b"\\x4b37514d3258", *bodies):
        assert found_in(written, {"code": "K7QM2X"}), written
    assert not found_in(b"a K7QM2Y b", {"code": "K7QM2X"})
