"""The overlay origin, :8027: what waits. Overlay pages, their sockets, long polls.

It has no cookies, so none of the middleware of :8000, and routes of its own.
"""

import os
import resource
from collections.abc import Mapping
from typing import Any

import django
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.exception import convert_exception_to_response

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "waddlebot.settings")
django.setup(set_prefix=False)

from channels.routing import ProtocolTypeRouter  # noqa: E402 - settings first
from channels.security.websocket import OriginValidator  # noqa: E402
from django.conf import settings  # noqa: E402

from browser_sources.routing import sockets  # noqa: E402
from core_router.consumers import ROUTES  # noqa: E402
from waddlebot.lib.waitpath import WaitPath  # noqa: E402


class OverlayHandler(ASGIHandler):
    """Django with the overlay origin's routes."""

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: FBT001, FBT002
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        answer: Any = self._get_response_async  # type: ignore[attr-defined]
        self._middleware_chain = convert_exception_to_response(answer)

    def create_request(self, scope: Mapping[str, Any], body_file: Any) -> Any:
        request, error = super().create_request(scope, body_file)
        if isinstance(request, ASGIRequest):
            request.urlconf = "waddlebot.overlay_urls"
        return request, error


def let_many_wait(most: int = 65_536) -> None:
    """Each who waits holds a file, and the usual limit would let a thousand."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


let_many_wait()
application = ProtocolTypeRouter(
    {
        "http": WaitPath(OverlayHandler(), ROUTES),
        "websocket": OriginValidator(sockets, [settings.OVERLAY_URL]),
    }
)
