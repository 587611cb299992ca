"""Routes of the overlay origin: pages and their sockets. The REST API's are in `urls.py`."""

from typing import Any

from channels.routing import URLRouter
from django.urls import URLPattern, URLResolver, path, re_path

from browser_sources.consumers import OverlaySocket
from browser_sources.views import overlay_page

urlpatterns: list[URLPattern | URLResolver] = [
    path("browser/source/<str:token>/<str:kind>", overlay_page),
]

# Django's path() is typed for views alone, so it is told less here.
socket: Any = OverlaySocket.as_asgi()
socket_routes: list[Any] = [
    path("browser/ws/<str:token>/<str:kind>", socket),
    # Any other address is an unknown token, too.
    re_path(r"", socket),
]
sockets = URLRouter(socket_routes)
