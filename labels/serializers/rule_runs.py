"""What rules did and would do, as it travels."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from labels.models import RuleRun
from labels.queries.rules.preview import Preview
from labels.queries.rules.verdicts import Verdict

RUN_FIELDS = (
    "id", "trigger", "state", "added", "removed", "suppressed", "blocked", "error", "started_at",
    "finished_at",
)  # fmt: skip


class RunOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    trigger = serializers.ChoiceField(RuleRun.Trigger.choices)
    state = serializers.ChoiceField(RuleRun.State.choices)
    added = serializers.IntegerField()
    removed = serializers.IntegerField()
    suppressed = serializers.IntegerField(help_text="Somebody had taken it off them by hand.")
    blocked = serializers.IntegerField(
        help_text="They hold another label of its scope, or as many labels as they may."
    )
    error = serializers.CharField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class SampleOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()


class RuleSamplesOutput(serializers.Serializer[Any]):
    gained = SampleOutput(many=True)
    lost = SampleOutput(many=True)


class PreviewOutput(serializers.Serializer[Any]):
    gained = serializers.IntegerField()
    lost = serializers.IntegerField()
    suppressed = serializers.IntegerField(help_text="Somebody had taken it off them by hand.")
    blocked = serializers.IntegerField(help_text="They hold another label of its scope.")
    samples = RuleSamplesOutput(help_text="The first ten of each.")


def run_bodies(rows: Iterable[RuleRun]) -> list[dict[str, Any]]:
    return [{name: getattr(row, name) for name in RUN_FIELDS} for row in rows]


def preview_body(found: Preview) -> dict[str, Any]:
    return {
        "gained": found.counts[Verdict.GAIN],
        "lost": found.counts[Verdict.LOSE],
        "suppressed": found.counts[Verdict.SUPPRESSED],
        "blocked": found.counts[Verdict.BLOCKED],
        "samples": {
            "gained": found.samples.get(Verdict.GAIN, []),
            "lost": found.samples.get(Verdict.LOSE, []),
        },
    }
