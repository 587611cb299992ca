"""Assignments as they are told: what is held, since when, and who gave it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rest_framework import serializers

from identity import api as identity
from labels.data import Ended, Source
from labels.models import UserLabel
from labels.queries.looks import look_of


class ActorOutput(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="user, key, rule, job, module, merge or system")
    id = serializers.CharField(allow_null=True)
    name = serializers.CharField(help_text="Of a key, its owner's.")


class HeldLabelOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    color = serializers.CharField()
    text_color = serializers.CharField()
    icon = serializers.CharField()
    is_system = serializers.BooleanField()


class HolderOutput(serializers.Serializer[Any]):
    kind = serializers.CharField()
    id = serializers.CharField(help_text="A person's public id, or what else names the object.")
    name = serializers.CharField()


class SpellOutput(serializers.Serializer[Any]):
    """How long an object held a label. Who gave and took it, and why, is for those who may."""

    id = serializers.IntegerField()
    label = HeldLabelOutput()  # type: ignore[assignment]
    holder = HolderOutput()
    source = serializers.ChoiceField(  # type: ignore[assignment]
        [each.value for each in Source]
    )
    given_at = serializers.DateTimeField()
    valid_from = serializers.DateTimeField(allow_null=True)
    valid_until = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_because = serializers.ChoiceField([each.value for each in Ended], allow_null=True)
    source_ref = serializers.CharField(required=False, help_text="Which rule, job or module.")
    reason = serializers.CharField(required=False)
    given_by = ActorOutput(required=False)
    ended_by = ActorOutput(required=False, allow_null=True)


GONE: Final[Mapping[str, str]] = {"id": "", "name": ""}


def spell_bodies(rows: Sequence[Any], *, tells_who: bool) -> list[dict[str, Any]]:
    people = identity.people_named({row.user_id for row in rows if isinstance(row, UserLabel)})
    actors: Mapping[str, Any] = {}
    if tells_who:
        actors = identity.actors_named(
            {who for row in rows for who in (row.given_by, row.ended_by)}
        )
    return [_spell(row, people) | (_who(row, actors) if tells_who else {}) for row in rows]


def _spell(row: Any, people: Mapping[int, Mapping[str, str]]) -> dict[str, Any]:
    if isinstance(row, UserLabel):
        # Who was erased since the rows were read has no name any more, and no id.
        holder = {"kind": "user", **people.get(row.user_id, GONE)}
    else:
        holder = {"kind": row.kind, "id": row.object_id, "name": ""}
    return {
        "id": row.pk,
        "label": look_of(row.label),
        "holder": holder,
        "source": row.source,
        "given_at": row.given_at,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "ended_at": row.ended_at,
        "ended_because": row.ended_because or None,
    }


def _who(row: Any, actors: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "source_ref": row.source_ref,
        "reason": row.reason,
        "given_by": actors[row.given_by],
        "ended_by": actors[row.ended_by] if row.ended_by else None,
    }
