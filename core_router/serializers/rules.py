from collections.abc import Mapping
from typing import Any, ClassVar, Final

from rest_framework import serializers

from core_router.data import Hit
from core_router.models import ModerationRule
from core_router.moderation import ACTIONS, MATCHES
from core_router.operations.rules import RuleWish
from core_router.queries.rules import Trial
from core_router.serializers.requirements import ExemptSerializer, requirement_of
from waddlebot.lib.fields import Flag, Strict, Text, Texts, UnsupportedError, Whole

LATER_MATCHES: Final = ("link", "caps", "repetition", "length", "mentions")
LATER_ACTIONS: Final = ("command", "webhook")
LONGEST_TIMEOUT_S: Final = 28 * 24 * 3600
LATER: Final = "This is not supported yet."


class Choice(serializers.ChoiceField):
    """A choice, some of which come in a later version."""

    def __init__(
        self, choices: tuple[str, ...], *, later: tuple[str, ...], **options: Any
    ) -> None:
        super().__init__(choices, **options)
        self.later = later

    def to_internal_value(self, data: Any) -> str:
        name = str(self.field_name)
        if isinstance(data, str) and data in self.later:
            raise UnsupportedError(
                "actions" if name == "type" else name,
                "unsupported_action" if name == "type" else f"unsupported_{name}",
                f"{data}: {LATER}",
            )
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return str(super().to_internal_value(data))


class RuleActionSerializer(Strict):
    type = Choice(ACTIONS, later=LATER_ACTIONS)
    seconds = Whole(min_value=1, max_value=LONGEST_TIMEOUT_S, required=False)
    text = Text(max_length=500, required=False)
    reason = Text(max_length=200, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        kind = attrs["type"]
        for name, owner in (("seconds", "timeout"), ("text", "reply")):
            if (name in attrs) is not (kind == owner):
                detail = f"A {owner} needs it." if kind == owner else f"Only for a {owner}."
                raise serializers.ValidationError({name: detail})
        if kind == "reply" and "reason" in attrs:
            raise serializers.ValidationError({"reason": "A reply has none."})
        return attrs


class RuleSerializer(Strict):
    later: ClassVar[Mapping[str, str]] = {
        "ladder": "Ladders are not supported yet.",
        "decay_s": "Ladders are not supported yet.",
    }

    id = serializers.IntegerField(read_only=True)
    name = Text(max_length=100)
    pattern = Text(max_length=256)
    match = Choice(MATCHES, later=LATER_MATCHES)
    allow = Texts(longest=256, max_length=50, required=False)
    actions = RuleActionSerializer(many=True, required=False, max_length=5)  # type: ignore[call-arg]
    severity = Whole(min_value=1, max_value=10, required=False)
    exempt = ExemptSerializer(required=False)
    entities = Texts(longest=240, max_length=50, required=False)
    mode = Choice(("enforce", "off"), later=("shadow",), required=False)
    case_sensitive = Flag(required=False)

    def to_changes(self) -> dict[str, Any]:
        """Return the fields of a RuleWish that were named."""
        return _changes(self.validated_data)

    def to_wish(self) -> RuleWish:
        return RuleWish(**self.to_changes())

    def to_representation(self, instance: ModerationRule) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "name": instance.name,
            "pattern": instance.pattern,
            "match": instance.match,
            "allow": instance.allow,
            "actions": instance.actions,
            "severity": instance.severity,
            "exempt": {
                "any_label": instance.any_label,
                "min_role": instance.min_role or None,
            },
            "entities": instance.entities,
            "mode": instance.mode,
            "case_sensitive": instance.case_sensitive,
        }


def _changes(given: Mapping[str, Any]) -> dict[str, Any]:
    changes = dict(given)
    if "exempt" in changes:
        changes["exempt"] = requirement_of(changes["exempt"])
    return changes


class TriedRuleSerializer(RuleSerializer):
    """A rule that is only tried needs no name."""

    name = Text(max_length=100, required=False)


class RuleTestSerializer(Strict):
    text = Text(max_length=65_536, allow_blank=True)
    rule = TriedRuleSerializer(required=False, allow_null=True)

    def to_wish(self) -> RuleWish | None:
        given = self.validated_data.get("rule")
        return RuleWish(**{"name": "this rule", **_changes(given)}) if given else None


class HitRuleSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()


class HitSerializer(serializers.Serializer[Hit]):
    """A rule that would hit: where, and what it would do."""

    rule = HitRuleSerializer()
    severity = serializers.IntegerField()
    spans = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    matched = serializers.ListField(child=serializers.CharField())
    actions = serializers.ListField(child=serializers.DictField())
    wins = serializers.BooleanField()


class TrialSerializer(serializers.Serializer[Trial]):
    """What the rules say of a text: all that hit, the most severe first, which wins."""

    normalised = serializers.CharField()
    hits = HitSerializer(many=True)
    winner = HitRuleSerializer(allow_null=True)

    def to_representation(self, instance: Trial) -> dict[str, Any]:
        hits = [_hit(hit, instance, wins=place == 0) for place, hit in enumerate(instance.hits)]
        winner = hits[0]["rule"] if hits else None
        return {"normalised": instance.normalised, "hits": hits, "winner": winner}


def _hit(hit: Hit, trial: Trial, *, wins: bool) -> dict[str, Any]:
    return {
        "rule": {"id": hit.rule.id or None, "name": hit.rule.name},
        "severity": hit.rule.severity,
        "spans": [list(span) for span in hit.spans],
        "matched": [trial.text[start:end] for start, end in hit.spans],
        "actions": list(hit.rule.actions),
        "wins": wins,
    }
