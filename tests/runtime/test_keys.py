import json

import pytest
from django.utils import timezone

from waddlebot.cli import main
from waddlebot.demo import build

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _there_is_an_owner() -> None:
    build(now=timezone.now())


def key(*words: str) -> list[str]:
    return ["key", *words, "--json"]


def test_a_key_is_made_listed_and_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    scopes = ["--scopes", "router:read,labels:read", "events:write"]
    main(key("create", "--name", "mine", *scopes, "--community", "rookery", "--expires", "2w"))
    made = json.loads(capsys.readouterr().out)
    main(key("revoke", made["key"]))
    main(["key", "list", "--user", "owner"])

    assert made["key"].startswith(f"wb_{made['key_id']}_")
    assert made["scopes"] == ["events:write", "labels:read", "router:read"]
    assert f"{made['key_id']}  revoked" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["create", "--name", "x", "--scopes", "everything"], "Unknown: everything."),
        (["create", "--name", "x", "--scopes", "admin", "--user", "eve"], "no user 'eve'"),
        (
            ["create", "--name", "x", "--scopes", "admin", "--community", "reef"],
            "no community 'reef'",
        ),
        (["revoke", "nothing"], "no key 'nothing'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["key", *words])

    error = capsys.readouterr().err
    assert status == 1
    assert told in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("text", ["soon", "90", "90y", "-1d"])
def test_a_life_that_is_none_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["key", "create", "--name", "x", "--scopes", "admin", f"--expires={text}"])

    assert stop.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
