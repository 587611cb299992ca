"""Who is asking, for a gateway that lets them in elsewhere (contract 3)."""

from collections.abc import Mapping
from http import HTTPStatus

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.authentication import SAFE
from identity.data import Credential, Scope
from identity.operations.access import require, usable_scopes
from identity.permissions import credential_of
from identity.queries import person_by_id, tenant, tenant_by_id
from waddlebot.lib.errors import DomainError, ForbiddenError, NotFoundError
from waddlebot.lib.openapi import ProblemSerializer

SPOKEN = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class NotAdmittedError(ForbiddenError):
    """Any other refusal, in the only word beside 401 that nginx understands."""

    def __init__(self, refusal: DomainError) -> None:
        super().__init__(refusal.detail)
        self.code = refusal.code
        self.headers = refusal.headers


class ForwardAuthView(APIView):
    """It asks for no scope of its own: the gateway names the one it wants."""

    public = True

    @extend_schema(
        operation_id="forward_auth",
        parameters=[
            OpenApiParameter("scope", str, description="What the caller has to be allowed."),
            OpenApiParameter("community", str, description="Where: its slug or id."),
        ],
        responses={
            204: OpenApiResponse(description="Admitted; the `X-Consumer-…` headers say who."),
            401: OpenApiResponse(ProblemSerializer, description="No or bad credentials."),
            403: OpenApiResponse(ProblemSerializer, description="Not admitted, or too often."),
        },
    )
    def get(self, request: Request) -> Response:
        """Say whether a gateway should let this request through: 204, 401 or 403."""
        credential = credential_of(request)
        _check_method(request, credential)
        _check_wish(credential, request.query_params)
        return Response(status=204, headers=_consumer(credential))

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, DomainError) and exc.status < 500 and exc.status not in SPOKEN:  # noqa: PLR2004
            exc = NotAdmittedError(exc)
        return super().handle_exception(exc)


def _check_method(request: Request, credential: Credential) -> None:
    """Let a session read alone: what lies behind the gateway cannot check its CSRF token."""
    method = request.headers.get("X-Forwarded-Method", "GET")
    if credential.kind == "session" and method not in SAFE:
        raise ForbiddenError("A session does not change things here. Use an API key.")


def _check_wish(credential: Credential, wish: Mapping[str, str]) -> None:
    scope, community = wish.get("scope"), wish.get("community")
    if scope is None and community is None:
        return
    if scope not in set(Scope):
        raise ForbiddenError("The gateway asks for a scope that does not exist.")
    place = None if community is None else tenant(community)
    if community is not None and place is None:
        raise NotFoundError
    require(credential, Scope(scope), place.id if place else None)


def _consumer(credential: Credential) -> dict[str, str]:
    person, scopes = person_by_id(credential.user_id), usable_scopes(credential)
    if person is None or not scopes:
        raise ForbiddenError("These credentials are good for nothing any more.")
    place = tenant_by_id(credential.community_id) if credential.community_id else None
    told = {
        "X-Consumer-Id": person.public_id,
        "X-Consumer-Key-Id": credential.key_id,
        "X-Consumer-Community": place.slug if place else "",
        "X-Consumer-Scopes": " ".join(scopes),
    }
    return {name: value for name, value in told.items() if value}
