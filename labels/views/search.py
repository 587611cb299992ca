"""Who and what holds which labels."""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.api import enter
from identity.data import Scope
from labels.queries.searching import Place, search
from labels.serializers.search import ObjectOutput, SearchQuery, cursor_to
from labels.views.common import COMMUNITY
from waddlebot.lib.pagination import CursorPages, limit_of, link


class SearchPages(CursorPages):
    """Ordered by kind and id; the answer also tells which labels asked for nobody knows."""

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        body = super().get_paginated_response_schema(schema)
        unknown = {"type": "array", "items": {"type": "string"}}
        body["properties"] |= {"unknown_labels": unknown}
        body["required"] = [*body["required"], "unknown_labels"]
        return body


class SearchView(APIView):
    pagination_class = SearchPages
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.LABELS_READ}

    @extend_schema(
        operation_id="search_labels",
        parameters=[COMMUNITY, SearchQuery],
        responses=ObjectOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """People and things by the labels that are pinned on them and count now.

        Not by what these imply, nor by what groups lend: for that, see `check_permission`. The
        system's labels count too. What nobody knows as a label is in `unknown_labels`.
        """
        place = enter(request, Scope.LABELS_READ, request.query_params.get("community"))
        form = SearchQuery(data=request.query_params)
        form.is_valid(raise_exception=True)
        asked = form.to_asked(
            place.id, limit=limit_of(request), cursor=request.query_params.get("cursor", "")
        )
        page = search(asked, now=timezone.now())
        return Response(
            {
                "results": msgspec.Raw(page.results),
                "next": _link(request, page.next),
                "previous": _link(request, page.previous),
                "unknown_labels": page.unknown,
            }
        )


def _link(request: Request, place: Place | None) -> str | None:
    return None if place is None else link(request, cursor_to(place))
