from django.urls import URLPattern, URLResolver, path

from browser_sources import views

app_name = "browser_sources"

PLACE = "v1/communities/<str:community>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{PLACE}/sources", views.SourcesView.as_view(), name="sources"),
    path(f"{PLACE}/sources/<str:source>", views.SourceView.as_view(), name="source"),
    path(f"{PLACE}/sources/<str:source>/rotate", views.RotateView.as_view(), name="rotate"),
    path(f"{PLACE}/sources/<str:source>/reveal", views.RevealView.as_view(), name="reveal"),
    path(f"{PLACE}/display", views.DisplayView.as_view(), name="display"),
]
