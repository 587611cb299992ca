from typing import Any, Final

from rest_framework import serializers

from core_router.models import Command
from core_router.operations.commands import MOST_ALIASES, CommandWish
from core_router.operations.words import PREFIXES
from core_router.queries.commands import aliases_of
from core_router.serializers.engines import EngineSerializer, engine_wish
from core_router.serializers.requirements import RequiresSerializer, requirement_of
from waddlebot.lib.fields import Flag, Number, Strict, Text, Texts, Whole

WEEK_S: Final = 7 * 24 * 3600
# A name may come with its prefix.
LONGEST_TYPED: Final = 51


class CooldownSerializer(Strict):
    user_s = Number(min_value=0, max_value=WEEK_S, required=False)
    channel_s = Number(min_value=0, max_value=WEEK_S, required=False)


class RateLimitSerializer(Strict):
    count = Whole(min_value=1, max_value=100_000)
    window_s = Whole(min_value=1, max_value=WEEK_S)


class CommandSerializer(Strict):
    """A command; exactly one of `response`, `module` and `engine` answers it."""

    id = serializers.IntegerField(read_only=True)
    prefix = serializers.ChoiceField(choices=PREFIXES, required=False)
    name = Text(max_length=LONGEST_TYPED)
    aliases = Texts(longest=LONGEST_TYPED, max_length=MOST_ALIASES, required=False)
    response = Text(max_length=2000, required=False, allow_null=True)
    module = Text(max_length=50, required=False, allow_null=True)
    engine = EngineSerializer(required=False, allow_null=True)
    description = Text(max_length=200, required=False, allow_blank=True)
    enabled = Flag(required=False)
    requires = RequiresSerializer(required=False)
    cooldown = CooldownSerializer(required=False, allow_null=True)
    rate_limit = RateLimitSerializer(required=False, allow_null=True)
    platforms = Texts(longest=30, max_length=20, required=False)
    entities = Texts(longest=240, max_length=50, required=False)
    uses = serializers.IntegerField(read_only=True)

    def to_changes(self) -> dict[str, Any]:
        """Return the fields of a CommandWish that were named."""
        changes = dict(self.validated_data)
        for name in ("response", "module"):
            if name in changes:
                changes[name] = changes[name] or ""
        if changes.get("engine"):
            changes["engine"] = engine_wish(changes["engine"])
        if "requires" in changes:
            changes["requires"] = requirement_of(changes["requires"])
        if "cooldown" in changes:
            cooldown = changes.pop("cooldown") or {}
            changes["cooldown_user_s"] = cooldown.get("user_s", 0)
            changes["cooldown_channel_s"] = cooldown.get("channel_s", 0)
        if "rate_limit" in changes:
            limit = changes.pop("rate_limit") or {}
            changes["limit_count"] = limit.get("count")
            changes["limit_window_s"] = limit.get("window_s")
        return changes

    def to_wish(self) -> CommandWish:
        return CommandWish(**self.to_changes())

    def to_representation(self, instance: Command) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "prefix": instance.prefix,
            "name": instance.name,
            "aliases": list(aliases_of(instance)),
            **_answer_of(instance),
            "description": instance.description,
            "enabled": instance.enabled,
            "requires": {
                "any_label": instance.any_label,
                "min_role": instance.min_role or None,
                "platform_roles": instance.platform_roles,
            },
            "cooldown": {
                "user_s": _plain(instance.cooldown_user_s),
                "channel_s": _plain(instance.cooldown_channel_s),
            },
            "rate_limit": _rate_limit(instance),
            "platforms": instance.platforms,
            "entities": instance.entities,
            "uses": instance.uses,
        }


def _answer_of(row: Command) -> dict[str, Any]:
    if row.engine:
        return {"engine": EngineSerializer(row.engine).data}
    return {"response": row.response} if row.response else {"module": row.module}


def _plain(seconds: float) -> float:
    return int(seconds) if float(seconds).is_integer() else seconds


def _rate_limit(row: Command) -> dict[str, int | None] | None:
    if row.limit_count is None:
        return None
    return {"count": row.limit_count, "window_s": row.limit_window_s}
