"""Every operation of the API, as its description lists them."""

import re
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator

from waddlebot.views import DetailedHealthView, HealthView, MetricsView, SchemaView

OF_THE_HOUSE = (HealthView, DetailedHealthView, MetricsView, SchemaView)
EXAMPLES = {"community": "rookery"}


@dataclass(frozen=True, slots=True)
class Operation:
    method: str
    path: str
    view: Any

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def address(self) -> str:
        """The path with something in the place of each name."""
        return re.sub(r"{(\w+)}", lambda match: EXAMPLES.get(match[1], "1"), self.path)

    @property
    def scope(self) -> str | None:
        scope = getattr(self.view, "scopes", {}).get(self.method)
        return None if scope is None else str(scope)

    @property
    def is_of_a_community(self) -> bool:
        return "{community}" in self.path


def operations() -> list[Operation]:
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    found = generator._get_paths_and_endpoints()  # type: ignore[no-untyped-call]
    return [Operation(method, path, view) for path, _, method, view in found if is_api(view)]


def is_api(view: Any) -> bool:
    return not isinstance(view, OF_THE_HOUSE) and not getattr(view, "public", False)


def all_views() -> list[tuple[str, Any]]:
    """Return every route of the house with its view, described or not."""
    return list(_walk("", get_resolver().url_patterns))


def _walk(prefix: str, patterns: Any) -> Any:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(route, pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield route, getattr(pattern.callback, "cls", None) or pattern.callback
