"""The door of :8000. Static files and the busiest endpoints never reach Django."""

import os
from collections.abc import MutableMapping
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.wsgi import get_wsgi_application
from whitenoise import WhiteNoise  # type: ignore[import-untyped]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "waddlebot.settings")
pages = get_wsgi_application()

# It reaches into the apps, which are only there from here on.
from core_router import ingest as events  # noqa: E402
from identity.api import authenticate  # noqa: E402
from labels import ingest as checks  # noqa: E402
from waddlebot.lib.fastpath import Application, FastPath  # noqa: E402
from waddlebot.lib.proxies import TrustedProxies  # noqa: E402


def application_of(django: Application) -> Application:
    outer: Application = with_static_files(django)
    fast: Application = with_fast_path(outer) if settings.ROUTER_FAST_PATH else outer
    return TrustedProxies(fast, settings.TRUSTED_PROXIES)


def with_fast_path(app: Application) -> Application:
    return FastPath(app, {**events.ROUTES, **checks.ROUTES}, authenticate)


def with_static_files(django: Application) -> WhiteNoise:
    """Serve what `collectstatic` gathered, or else the apps' own files."""
    served = WhiteNoise(
        django, max_age=3600, allow_all_origins=False, add_headers_function=_add_headers
    )
    if (gathered := Path(settings.STATIC_ROOT)).is_dir():
        served.add_files(str(gathered), prefix="static/")
        return served
    for finder in get_finders():
        for path, storage in finder.list([]):
            served.add_file_to_dictionary(settings.STATIC_URL + path, storage.path(path))
    return served


def _add_headers(headers: MutableMapping[str, str], _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"


application = application_of(pages)
