"""The door of Django to an endpoint that wants none of it."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.views import APIView

from waddlebot.lib.endpoints import Asked, Route
from waddlebot.lib.rest import BytesParser


class BytesView(APIView):
    """Hands a credential and bytes to the function of its route."""

    parser_classes = (BytesParser,)
    throttle_classes = ()
    route: ClassVar[Route]

    @property
    def max_body(self) -> int:
        return self.route.max_body

    def post(self, request: Request) -> HttpResponse:
        data: Any = request.data
        asked = Asked(
            body=data if isinstance(data, bytes) else b"",
            query=request.META.get("QUERY_STRING", ""),
            prefer=request.headers.get("prefer", ""),
        )
        answer = self.route.take(request.auth, asked, now=timezone.now())
        return HttpResponse(
            answer.body,
            status=answer.status,
            content_type="application/json",
            headers=dict(answer.headers),
        )
