"""Looking through who may what by labels, so that nobody keeps what they no longer need."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.api import enter
from identity.data import Scope
from labels.data import Kind
from labels.permissions import demand
from labels.queries.review import Review
from labels.serializers.review import ReviewOutput, ReviewQuery, review_bodies
from labels.views.common import COMMUNITY
from waddlebot.lib.pagination import CursorPages


class ReviewView(APIView):
    pagination_class = CursorPages
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.LABELS_READ}

    @extend_schema(
        operation_id="review_labels",
        parameters=[COMMUNITY, ReviewQuery],
        responses=ReviewOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """Who holds a label that permits something, given last first; for `labels:manage`.

        Since when, by whom, until when, and when they were last seen here. What nobody needs any
        more is taken off by `remove_labels`, a thousand at a time.
        """
        place = enter(request, Scope.LABELS_READ, request.query_params.get("community"))
        demand(request, place, "labels:manage")
        form = ReviewQuery(data=request.query_params)
        form.is_valid(raise_exception=True)
        now = timezone.now()
        review = Review(place.id, Kind(form.validated_data["kind"]))
        pages = CursorPages()
        spells = review.spells(now, unseen_since=form.unseen_since(now))
        rows = pages.of(spells, request)
        return pages.get_paginated_response(review_bodies(rows, review))
