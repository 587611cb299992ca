"""The overlays' REST API, and the page OBS opens."""

from browser_sources.views.display import DisplayView
from browser_sources.views.pages import not_found, overlay_page
from browser_sources.views.sources import RevealView, RotateView, SourcesView, SourceView

__all__ = [
    "DisplayView",
    "RevealView",
    "RotateView",
    "SourceView",
    "SourcesView",
    "not_found",
    "overlay_page",
]
