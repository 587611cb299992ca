"""One `waddlebot up`, and the commands that work beside it."""

import json
import os
import re
import signal
import stat
from pathlib import Path

import httpx
import pytest

from tests.runtime.running import Up, wait_until

pytestmark = pytest.mark.xdist_group("up")


def is_healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200
    except httpx.HTTPError:
        return False


def test_it_says_how_to_sign_in_and_where_the_overlays_are(up: Up) -> None:
    link = re.search(rf"http://127.0.0.1:{up.port}/portal/sign-in/\S+", up.said)

    assert link
    assert re.search(r"Collector key +wb_\w{12}_\w{43}_\w{6}", up.said)
    assert f"http://127.0.0.1:{up.overlay_port}/browser/source/" in up.said


def test_its_secrets_are_for_its_own_account_only(up: Up) -> None:
    secret, running = up.data / "secret_key", up.data / "running.json"

    assert [stat.S_IMODE(path.stat().st_mode) for path in (secret, running)] == [0o600, 0o600]


def test_a_second_one_on_the_same_folder_is_refused_in_one_line(up: Up) -> None:
    second = up.run("up", "--port", "1", "--overlay-port", "2")

    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert f"WaddleBot is running on {up.data} already" in second.stderr


def test_a_busy_port_is_named_with_the_way_out(up: Up, tmp_path: Path) -> None:
    second = up.run("up", "--port", str(up.port), WADDLEBOT_DATA=str(tmp_path))

    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert re.search(rf"port {up.port} is in use: .* try --port \d+", second.stderr)


def test_demo_prints_the_key_that_up_has_printed(up: Up) -> None:
    found = json.loads(up.run("demo", "--json").stdout)

    assert found["collector_key"] in up.said
    assert found["base_url"] == f"http://127.0.0.1:{up.port}"
    assert found["owner"]["login_url"].startswith(f"{found['base_url']}/portal/sign-in/")


def test_chat_answers_lines_from_a_pipe(up: Up) -> None:
    done = up.run("chat", "--json", "--as", "bob", stdin="!help\nhow are you\n!hello")

    assert done.stderr == ""
    help_, plain, hello = (json.loads(line) for line in done.stdout.splitlines())
    assert help_["outcome"] == "executed"
    assert plain["outcome"] == "ignored"
    assert hello["actions"][0]["text"] == "Hello bob, welcome to The Rookery!"


def test_chat_claims_the_platform_it_is_asked_to_speak_on(up: Up) -> None:
    done = up.run("chat", "--platform", "discord", "--trace", stdin="!roll\n")

    assert done.returncode == 0, done.stderr
    assert "bot> alice rolls" in done.stdout
    assert "permission" in done.stdout


def test_manage_is_attached(up: Up) -> None:
    code = "from identity.models import User; print(User.objects.get(username='owner').pk > 0)"

    assert up.run("manage", "shell", "-v0", "-c", code).stdout.strip() == "True"


@pytest.mark.parametrize(("name", "has_port"), [("granian", "port"), ("uvicorn", "overlay_port")])
def test_a_server_that_is_killed_is_started_again(up: Up, name: str, has_port: str) -> None:
    before = set(up.processes(name))
    os.kill(min(before), signal.SIGKILL)

    wait_until(lambda: not before & set(up.processes(name)), "the end of what it had started")
    wait_until(lambda: is_healthy(getattr(up, has_port)), "its successor's answer")
