from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.test import RequestFactory
from pytest_django import Settings

# Starting Django's handler for the first time asks the database.
pytestmark = pytest.mark.django_db


def get(path: str, **headers: Any) -> tuple[str, dict[str, str], bytes]:
    """Ask the outermost WSGI callable, as a server does."""
    from waddlebot.wsgi import application_of, pages  # noqa: PLC0415 - it starts Django's handler

    answer: list[Any] = []
    environ = RequestFactory().get(path, **headers).environ
    application: Any = application_of(pages)
    with closing(application(environ, lambda *words: answer.extend(words))) as body:
        return answer[0], dict(answer[1]), b"".join(body)


@pytest.mark.parametrize(
    "path",
    [
        "waddlebot/base.css",
        "admin/css/base.css",
        "drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js",
    ],
)
def test_files_are_served_from_here(path: str) -> None:
    status, headers, body = get(f"/static/{path}")

    assert (status, headers["X-Content-Type-Options"]) == ("200 OK", "nosniff")
    assert "Access-Control-Allow-Origin" not in headers
    assert body


@pytest.mark.parametrize("path", ["../settings.py", "..%2fsettings.py", "%2e%2e/settings.py", ""])
def test_nothing_else_is_a_file(path: str) -> None:
    assert get(f"/static/{path}")[0].startswith("404")


def test_gathered_files_are_preferred(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "one.css").write_text("a{}")
    settings.STATIC_ROOT = tmp_path

    assert get("/static/one.css")[2] == b"a{}"
    assert get("/static/waddlebot/base.css")[0].startswith("404")


def test_what_is_no_file_is_djangos() -> None:
    assert get("/health")[2].startswith(b'{"status":"ok"')
