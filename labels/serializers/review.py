"""The access review, as it travels."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from rest_framework import serializers

from identity import api as identity
from labels.data import Kind
from labels.queries.review import Review
from labels.queries.searching.kinds import NAMES
from labels.serializers.spells import SpellOutput, spell_bodies

KINDS: Final = [Kind.USER.value, Kind.ENTITY_GROUP.value]
MOST_DAYS: Final = 3650


class ReviewQuery(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(
        KINDS, default=Kind.USER.value, help_text="Labels of other kinds permit nobody anything."
    )
    unseen_days = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        help_text="Those alone who did nothing here for so many days, today among them.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "unseen_days" in attrs and attrs["kind"] != Kind.USER:
            raise serializers.ValidationError({"unseen_days": "It is asked of people alone."})
        return attrs

    def unseen_since(self, now: datetime) -> date | None:
        days: int | None = self.validated_data.get("unseen_days")
        return None if days is None else now.date() - timedelta(days=days - 1)


class ReviewOutput(SpellOutput):
    grants = serializers.ListField(
        child=serializers.CharField(), help_text="All it permits, by its parents too."
    )
    last_seen_on = serializers.DateField(
        allow_null=True,
        help_text="The last day they did something here, as far as it is known; of people alone.",
    )


def review_bodies(rows: Sequence[Any], review: Review) -> list[dict[str, Any]]:
    bodies = spell_bodies(rows, tells_who=True)
    for row, body in zip(rows, bodies, strict=True):
        body["grants"] = sorted(review.grants[row.label_id])
        body["last_seen_on"] = None
    if review.kind is Kind.USER:
        _add_days(rows, bodies, review.community_id)
    else:
        _add_names(bodies, review.community_id)
    return bodies


def _add_days(rows: Sequence[Any], bodies: list[dict[str, Any]], community_id: int) -> None:
    people = [row.user_id for row in rows]
    seen = identity.last_days_of(community_id=community_id, user_ids=people)
    for user_id, body in zip(people, bodies, strict=True):
        body["last_seen_on"] = seen.get(user_id)


def _add_names(bodies: list[dict[str, Any]], community_id: int) -> None:
    names = NAMES[Kind.ENTITY_GROUP](community_id, [body["holder"]["id"] for body in bodies])
    for body in bodies:
        body["holder"]["name"] = names.get(body["holder"]["id"], ("", ""))[1]
