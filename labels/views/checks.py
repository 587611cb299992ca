"""May they, and who may what."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from identity.data import Scope
from labels import ingest
from waddlebot.lib.views import BytesView

Schema = dict[str, Any]

_, _parts = msgspec.json.schema_components(
    [ingest.Check, ingest.Account, ingest.Required], ref_template="{name}"
)
CHECK: Final[Schema] = {
    **_parts["Check"],
    "properties": {
        **_parts["Check"]["properties"],
        "user": {"anyOf": [{"type": "string", "maxLength": 200}, _parts["Account"]]},
        "requires": _parts["Required"],
    },
}
HOP: Final[Schema] = {
    "type": "object",
    "required": ["kind"],
    "properties": {"kind": {"type": "string"}},
}
DECISION: Final[Schema] = {
    "type": "object",
    "required": ["allowed", "via", "reason"],
    "properties": {
        "allowed": {"type": "boolean"},
        "via": {"type": "array", "items": HOP},
        "reason": {"type": "string"},
        "would_allow": HOP,
    },
}


class CheckView(BytesView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.LABELS_READ}
    route = ingest.CHECK

    @extend_schema(
        operation_id="check_permission",
        request={"application/json": CHECK},
        responses={200: OpenApiResponse(DECISION)},
    )
    def post(self, request: Request) -> HttpResponse:
        """May they, by what way, and what would let them if not."""
        return super().post(request)
