"""Leaving: the account is erased some days after its owner asked for it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.data import Credential, Scope
from identity.models import Erasure
from identity.operations.access import require_unbound
from identity.operations.audit import actor_of
from identity.operations.erasing import cancel_erasure, request_erasure
from identity.permissions import credential_of
from identity.queries.departures import owned_alone
from identity.queries.erasures import erasure_by_token, last_erasure, receipt_token
from identity.queries.people import ids_of
from identity.serializers.lives import ErasureOutput, ReceiptOutput
from waddlebot.lib.openapi import ProblemSerializer

MOST_SHOWN = 200


class ErasureView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.IDENTITY_MANAGE}

    @extend_schema(operation_id="read_erasure", responses=ErasureOutput)
    def get(self, request: Request) -> Response:
        """The erasure the asker asked for last."""
        return Response(_erasure(last_erasure(whole_person(request).user_id)))


class CancelErasureView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.IDENTITY_MANAGE}

    @extend_schema(operation_id="cancel_erasure", request=None, responses=ErasureOutput)
    def post(self, request: Request) -> Response:
        """Keep the account after all."""
        credential = whole_person(request)
        cancel_erasure(user_id=credential.user_id, actor=actor_of(credential), now=timezone.now())
        return Response(_erasure(last_erasure(credential.user_id)))


class ReceiptView(APIView):
    """Whoever asked has no account any more, so the link is all they need. It names nobody."""

    public = True
    authentication_classes = []

    @extend_schema(
        operation_id="read_receipt",
        responses={
            200: ReceiptOutput,
            404: OpenApiResponse(ProblemSerializer, description="Unknown or forged."),
        },
    )
    def get(self, request: Request, token: str) -> Response:
        """What was erased, table by table."""
        return Response(_receipt(erasure_by_token(token)))


def schedule_erasure(request: Request) -> Response:
    """Answer `DELETE /identity/v1/me`."""
    credential = whole_person(request)
    erasure = request_erasure(
        user_id=credential.user_id, actor=actor_of(credential), now=timezone.now()
    )
    return Response(_erasure(erasure), status=202)


def whole_person(request: Request) -> Credential:
    credential = credential_of(request)
    require_unbound(credential)
    return credential


def _receipt(erasure: Erasure) -> dict[str, Any]:
    return {
        "state": erasure.state,
        "requested_at": erasure.requested_at,
        "due_at": erasure.due_at,
        "ended_at": erasure.ended_at,
        "receipt": erasure.receipt,
    }


def _erasure(erasure: Erasure) -> dict[str, Any]:
    closes = owned_alone(ids_of(erasure.user_id)).values_list("slug", flat=True)
    path = reverse("identity:receipt", args=[receipt_token(erasure)])
    return _receipt(erasure) | {
        "id": erasure.pk,
        "closes": list(closes[:MOST_SHOWN]),
        "receipt_url": settings.PUBLIC_URL + path,
    }
