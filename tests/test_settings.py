import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent.parent


def manage(*words: str, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"SECRET_KEY": "5tr0ng-" * 10 + "abcdefghij"} | changes
    command = [sys.executable, str(HERE / "manage.py"), *words]
    return subprocess.run(  # noqa: S603
        command, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_in_production_the_deployment_check_is_clean() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", PUBLIC_URL="https://bot.example")

    assert (done.returncode, "no issues" in done.stdout + done.stderr) == (0, True), done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "bot.example"),
        ("CACHE_TTL", "soon"),
        ("ROUTER_MAX_CONCURRENT", "0"),
        ("INTERNAL_NETWORKS", "inside"),
        ("LOG_FORMAT", "xml"),
        ("ROUTER_FAST_PATH", "perhaps"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("REDIS_URL", "http://localhost"),
    ],
)
def test_a_bad_value_names_itself(name: str, value: str) -> None:
    done = manage("check", **{name: value})

    assert done.returncode != 0
    assert name in done.stderr.strip().splitlines()[-1]


def test_forms_may_lead_to_the_providers_that_are_set_up_and_to_no_other() -> None:
    code = "print(settings.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'])"
    shown = manage(
        "shell", "-v0", "-c", f"from django.conf import settings; {code}",
        KICK_CLIENT_ID="us", KICK_CLIENT_SECRET="ours", TWITCH_CLIENT_ID="us",
    )  # fmt: skip

    assert ast.literal_eval(shown.stdout) == ["'self'", "https://id.kick.com", "https://kick.com"]
