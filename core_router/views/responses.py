"""Modules that answer later, with a key or with the token of the call."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core_router.data import Outcome
from core_router.engines.tokens import PREFIX, is_response_token
from core_router.pipeline.later import take_response
from core_router.serializers.responses import ResponseSerializer, TakenSerializer
from identity import api as identity
from identity.data import Scope
from waddlebot.lib.errors import Flaw, InvalidError, NotFoundError
from waddlebot.lib.problems import CHALLENGE

MOST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class OneCall:
    """Whoever has the token of one call: they may answer that one, a few times a minute."""

    key_id: str
    user_id: int = 0
    community_id: int | None = None
    requests_per_minute: int = 30


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer wbr_…` fits the call that the body names, or names nothing."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, OneCall] | None:
        raw = identity.key_in(request)
        if raw is None or not raw.startswith(PREFIX):
            return None
        if not is_response_token(raw, _call_named_in(request.data)):
            raise NotFoundError
        return AnonymousUser(), OneCall(sha256(raw.encode()).hexdigest()[:24])

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "responseToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "wbr_…"}


class MayAnswer(identity.HasScope):
    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, OneCall) or super().has_permission(request, view)


class ResponsesView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.RESPONSES_WRITE}
    authentication_classes = (
        TokenAuthentication,
        identity.KeyAuthentication,
        identity.SessionAuthentication,
    )
    permission_classes = (MayAnswer,)
    max_body = MOST_BYTES

    @extend_schema(
        operation_id="answer_later",
        request=ResponseSerializer,
        responses={200: TakenSerializer, 410: OpenApiResponse(description="`session_over`.")},
    )
    def post(self, request: Request) -> Response:
        """The answer of a module that had said 202. Taken once, while the session lasts."""
        form = ResponseSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        response = form.to_response()
        actions = take_response(response, community_id=_community_of(request), now=timezone.now())
        failed = response.error is not None
        return Response(
            {
                "execution_id": response.execution_id,
                "session_id": response.session_id,
                "outcome": Outcome.FAILED if failed else Outcome.EXECUTED,
                "actions": actions,
            }
        )


def _community_of(request: Request) -> int | None:
    """Return where the caller's calls are; None for the token of one, and for staff."""
    caller: Any = request.auth
    return caller.community_id if caller else None


def _call_named_in(data: Any) -> UUID:
    named = data.get("execution_id") if isinstance(data, Mapping) else None
    try:
        return UUID(named if isinstance(named, str) else "")
    except ValueError:
        flaw = Flaw("#/execution_id", "The id of the call, as it was sent.")
        raise InvalidError("Which call is this about?", errors=[flaw]) from None
