"""Every route of :8000. An app's own routes are in its `urls.py`."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import URLPattern, include, path
from django.views.generic import RedirectView

from waddlebot import views

# Gateway path → the app that answers there.
APPS = {
    "router": "core_router",
    "marketplace": "marketplace",
    "identity": "identity",
    "labels": "labels",
    "browser": "browser_sources",
    "portal": "portal",
}


def health(prefix: str, module: str) -> list[URLPattern]:
    return [
        path(f"{prefix}health", views.HealthView.as_view(module=module)),
        path(f"{prefix}health/detailed", views.DetailedHealthView.as_view(module=module)),
    ]


urlpatterns = [
    # First, since the routes in here are asked for most.
    *(path(f"{prefix}/", include(f"{app}.urls")) for prefix, app in APPS.items()),
    path("identity/", include("identity.account_urls")),
    path("", RedirectView.as_view(pattern_name="portal:home")),
    path("favicon.ico", RedirectView.as_view(url=static("waddlebot/icon.svg"))),
    *health("", "waddlebot"),
    path("metrics", views.MetricsView.as_view()),
    path("schema", views.SchemaView.as_view(), name="schema"),
    path("docs", views.docs, name="docs"),
    *(pattern for prefix, app in APPS.items() for pattern in health(f"{prefix}/", app)),
    # One door for passwords, with its limits; the admin's own has none.
    path("admin/login/", RedirectView.as_view(pattern_name="portal:sign-in", query_string=True)),
    path("admin/", admin.site.urls),
]

handler400 = "waddlebot.lib.answers.bad_request"
handler403 = "waddlebot.lib.answers.forbidden"
handler404 = "waddlebot.lib.answers.not_found"
handler429 = "waddlebot.lib.answers.too_fast"
handler500 = "waddlebot.lib.answers.server_error"
