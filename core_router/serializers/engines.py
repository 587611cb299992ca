"""Engines as they travel: what they are called with goes in, and never out."""

from collections.abc import Mapping
from typing import Any, Final

from rest_framework import serializers

from core_router.data import EngineType, EngineWish
from core_router.models import Engine
from waddlebot.lib.fields import Number, Strict, Text, Whole

DAY_S: Final = 24 * 3600
MOST_TIMEOUT_S: Final = 30
# What each kind is called at, by the contract's word for it.
TARGETS: Final = {
    EngineType.CONTAINER: "url",
    EngineType.WEBHOOK: "url",
    EngineType.LAMBDA: "function",
    EngineType.OPENWHISK: "action",
}
OPTIONS: Final[Mapping[EngineType, frozenset[str]]] = {
    EngineType.CONTAINER: frozenset(),
    EngineType.WEBHOOK: frozenset(),
    EngineType.LAMBDA: frozenset({"region", "role_arn", "qualifier", "invocation"}),
    EngineType.OPENWHISK: frozenset({"namespace"}),
}


class EngineSerializer(Strict):
    """Where a command or a hook is answered: exactly one of `url`, `function` and `action`."""

    type = serializers.ChoiceField(choices=[each.value for each in EngineType])
    url = Text(max_length=2000, required=False)
    function = Text(max_length=170, required=False)
    action = Text(max_length=256, required=False)
    timeout_s = Number(min_value=0.1, max_value=MOST_TIMEOUT_S, required=False)
    secret = Text(max_length=500, min_length=1, required=False)
    overlap_s = Whole(min_value=0, max_value=DAY_S, required=False)
    region = Text(max_length=30, required=False)
    role_arn = Text(max_length=200, required=False)
    qualifier = Text(max_length=130, required=False)
    invocation = serializers.ChoiceField(choices=["RequestResponse", "Event"], required=False)
    namespace = Text(max_length=100, required=False)
    has_secret = serializers.BooleanField(read_only=True)
    external_id = serializers.CharField(read_only=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        kind = EngineType(attrs["type"])
        wanted, given = TARGETS[kind], set(TARGETS.values()) & attrs.keys()
        if given != {wanted}:
            raise serializers.ValidationError({wanted: f"A {kind} has exactly a {wanted}."})
        every = frozenset().union(*OPTIONS.values())
        for name in sorted((attrs.keys() & every) - OPTIONS[kind]):
            raise serializers.ValidationError({name: f"A {kind} has none."})
        return attrs

    def to_representation(self, instance: Engine) -> dict[str, Any]:
        shown = {"secret": instance.shown_secret} if instance.shown_secret else {}
        return {
            "type": instance.type,
            TARGETS[EngineType(instance.type)]: instance.target,
            "timeout_s": instance.timeout_s,
            **instance.options,
            "has_secret": bool(instance.sealed_secrets),
            **shown,
        }


class OverlapSerializer(Strict):
    """For how long the secrets of before count too."""

    overlap_s = Whole(min_value=0, max_value=DAY_S, required=False)


def engine_wish(data: Mapping[str, Any]) -> EngineWish:
    kind = EngineType(data["type"])
    return EngineWish(
        type=kind,
        target=data[TARGETS[kind]],
        timeout_s=data.get("timeout_s", 5),
        options={name: data[name] for name in OPTIONS[kind] if name in data},
        secret=data.get("secret"),
        overlap_s=data.get("overlap_s", DAY_S),
    )
