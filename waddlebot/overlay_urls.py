"""Every route of :8027, the overlay origin. Its sockets are in `browser_sources.routing`."""

from django.urls import include, path

from waddlebot.views import DetailedHealthView, HealthView

urlpatterns = [
    path("health", HealthView.as_view()),
    path("health/detailed", DetailedHealthView.as_view()),
    path("", include("browser_sources.routing")),
]

handler404 = "browser_sources.views.not_found"
