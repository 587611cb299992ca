"""How many labels a community may have."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.api import actor_of, credential_of, enter
from identity.data import Scope, Tenant
from labels.operations.quotas import set_quotas
from labels.queries.labels import labels_of
from labels.queries.quotas import quotas_of
from labels.serializers.settings import SettingsInput, SettingsOutput
from labels.views.common import COMMUNITY


class SettingsView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.LABELS_READ, "PATCH": Scope.ADMIN}

    @extend_schema(
        operation_id="read_label_settings", parameters=[COMMUNITY], responses=SettingsOutput
    )
    def get(self, request: Request) -> Response:
        """How many labels a community may have, and each object in it."""
        place = enter(request, Scope.LABELS_READ, request.query_params.get("community"))
        return _answer(place)

    @extend_schema(
        operation_id="change_label_settings",
        parameters=[COMMUNITY],
        request=SettingsInput(partial=True),
        responses=SettingsOutput,
    )
    def patch(self, request: Request) -> Response:
        """Only staff: set other numbers than the usual, or with null the usual again."""
        form = SettingsInput(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        changes = dict(form.validated_data)
        named = changes.pop("community", None) or request.query_params.get("community")
        place = enter(request, Scope.ADMIN, named)
        set_quotas(
            community_id=place.id,
            changes=changes,
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return _answer(place)


def _answer(place: Tenant) -> Response:
    quotas = quotas_of(place.id)
    return Response(
        {
            "community": place.slug,
            "max_labels": quotas.labels,
            "max_per_object": quotas.per_object,
            "labels": labels_of(place.id).count(),
        }
    )
