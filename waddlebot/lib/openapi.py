"""The API described: both ways to send a key, every refusal a problem (contract 1)."""

from typing import Any, Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

PROBLEM: Final = "application/problem+json"
REFUSALS: Final = {
    "400": "Malformed or invalid.",
    "401": "No or bad credentials.",
    "403": "Not allowed.",
    "404": "Unknown, or not yours.",
    "405": "Not this method.",
    "409": "In conflict with what is there.",
    "413": "The body is too large.",
    "415": "Not JSON.",
    "429": "Too many requests.",
    "503": "Overloaded, or a dependency is down.",
}
WITH_BODY: Final = frozenset({"409", "413", "415"})
WITHOUT_BODY: Final = frozenset({"GET", "HEAD"})
PUBLIC: Final = frozenset({"400", "405", "413", "415", "429", "503"})


class FlawSerializer(serializers.Serializer[Any]):
    pointer = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = FlawSerializer(many=True)  # type: ignore[assignment]


class ProblemSchema(AutoSchema):
    """Adds what is true of every operation, so that no view has to say it."""

    def get_operation(self, *arguments: Any, **named: Any) -> Any:
        operation = super().get_operation(*arguments, **named)
        if operation is not None:
            for status in self._refusals():
                operation["responses"].setdefault(status, self._problem(REFUSALS[status]))
            self._mark_problems(operation)
            if (
                self.method == "POST"
                and getattr(self.view, "idempotency", True)
                and not self._is_public()
            ):
                operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        return operation

    def _is_public(self) -> bool:
        return bool(getattr(self.view, "public", False))

    def _refusals(self) -> list[str]:
        return [
            status
            for status in REFUSALS
            if (not self._is_public() or status in PUBLIC)
            and (self.method not in WITHOUT_BODY or status not in WITH_BODY)
        ]

    def _problem(self, description: str) -> dict[str, Any]:
        component = self.resolve_serializer(ProblemSerializer, "response")
        return {"content": {PROBLEM: {"schema": component.ref}}, "description": description}

    def _mark_problems(self, operation: dict[str, Any]) -> None:
        """A refusal a view described itself is a problem too."""
        for status, answer in operation["responses"].items():
            content = answer.get("content", {})
            if status >= "400" and set(content) == {"application/json"}:
                content[PROBLEM] = content.pop("application/json")

    def get_tags(self) -> list[str]:
        return [self.path.strip("/").split("/")[0] or "waddlebot"]

    def get_auth(self) -> list[dict[str, Any]]:
        return [] if self._is_public() else list(super().get_auth())


IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and body within 24 hours give the first answer again.",
    "schema": {"type": "string", "maxLength": 255},
}


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "identity.authentication.KeyAuthentication"
    name = ["bearer", "apiKey"]

    def get_security_definition(self, auto_schema: AutoSchema) -> Any:
        return [
            {"type": "http", "scheme": "bearer", "bearerFormat": "wb_…"},
            {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        ]


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "identity.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
