"""The door of Django to an endpoint that wants none of it."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.views import APIView

from waddlebot.lib.endpoints import Answer, Asked, Route
from waddlebot.lib.rest import AnyBytesParser, BytesParser


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
        return _response(self.route.take(request.auth, asked, now=timezone.now()))


class SignedView(APIView):
    """The same for a route whose body says by its signature who sent it."""

    public = True
    authentication_classes = ()
    permission_classes = ()
    parser_classes = (AnyBytesParser,)
    throttle_classes = ()
    route: ClassVar[Route]

    @property
    def max_body(self) -> int:
        return self.route.max_body

    def post(self, request: Request) -> HttpResponse:
        data: Any = request.data
        body = data if isinstance(data, bytes) else b""
        asked = Asked(body, headers=self.route.headers_in(request.META))
        return _response(self.route.take(asked, now=timezone.now()))


def _response(answer: Answer) -> HttpResponse:
    return HttpResponse(
        answer.body,
        status=answer.status,
        content_type=answer.content_type,
        headers=dict(answer.headers),
    )
