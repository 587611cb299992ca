"""Shapes that mean what they say: no "5" for a 5, no field that is not known."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework import serializers

from waddlebot.lib.errors import DomainError, Flaw


class UnsupportedError(DomainError):
    """What the contract knows and this version does not do yet is refused, never ignored."""

    def __init__(self, field: str, code: str, detail: str) -> None:
        super().__init__(detail, errors=[Flaw(f"#/{field}", detail)])
        self.code = code


class Text(serializers.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{"trim_whitespace": False, **options})

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class Number(serializers.FloatField):
    def to_internal_value(self, data: Any) -> float:
        if type(data) not in {int, float}:
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if type(data) is not bool:
            self.fail("invalid", input=data)
        return data


class Texts(serializers.ListField):
    """A list of short texts."""

    def __init__(self, *, longest: int, **options: Any) -> None:
        super().__init__(child=Text(max_length=longest), **options)

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        texts: list[str] = super().to_internal_value(data)
        return texts


class Strict(serializers.Serializer[Any]):
    """Refuses fields it does not know, and says of those in `later` that they will come."""

    later: ClassVar[Mapping[str, str]] = {}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, Mapping):
            for name in self.later.keys() & data.keys():
                if data[name]:
                    raise UnsupportedError(name, f"unsupported_{name}", self.later[name])
            # A nested object is replaced whole, also by a PATCH.
            if self.parent is not None:
                self._ask_for_required(data)
            unknown = data.keys() - self.fields.keys() - self.later.keys()
            if unknown:
                raise serializers.ValidationError(dict.fromkeys(unknown, "Unknown field."))
        values: dict[str, Any] = super().to_internal_value(data)
        return values

    def _ask_for_required(self, data: Mapping[str, Any]) -> None:
        missing = [n for n, field in self.fields.items() if field.required and n not in data]
        if missing:
            raise serializers.ValidationError(dict.fromkeys(missing, "This field is required."))


class StrictSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Says in the OpenAPI document what `Strict` does."""

    target_class = Strict
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> Any:
        schema = auto_schema._map_serializer(  # noqa: SLF001 - as its documentation shows.
            self.target, direction, bypass_extensions=True
        )
        return {**schema, "additionalProperties": False}
