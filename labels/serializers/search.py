"""Searches, as they travel."""

from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from labels.data import Kind
from labels.queries.searching import Asked, Place
from labels.serializers.spells import HeldLabelOutput
from waddlebot.lib.pagination import BadCursorError, decoded, encoded

KINDS: Final = [kind.value for kind in Kind]
MOST_WORDS: Final = 20
LONGEST_WORD: Final = 50
LONGEST_TEXT: Final = 100
WAYS: Final = {"n": False, "p": True}


@extend_schema_field({"type": "string"})
class Words(serializers.Field[tuple[str, ...], str, Any, Any]):
    """Words with commas between them, each once."""

    def to_internal_value(self, data: str) -> tuple[str, ...]:
        words = {word.strip() for word in data.split(",")} - {""}
        if len(words) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in words):
            raise serializers.ValidationError(
                f"At most {MOST_WORDS} labels, each of {LONGEST_WORD} characters at most."
            )
        return tuple(sorted(words))


class SearchQuery(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(KINDS, required=False, help_text="All kinds when left out.")
    labels = Words(default=(), help_text="Ids or names, with commas: `vip,tier/gold`.")
    match = serializers.ChoiceField(["all", "any"], default="all")
    q = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=LONGEST_TEXT,
        help_text="A part of the object's name, or of the name or description of a label it "
        "holds. One or two characters are looked for where a name begins.",
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        without = Words(default=(), help_text="Labels it must not hold.")
        return super().get_fields() | {"not": without}

    def to_asked(self, community_id: int, *, limit: int, cursor: str) -> Asked:
        asked, kind = self.validated_data, self.validated_data.get("kind")
        place = place_of(cursor) if cursor else None
        if place and kind and place.kind != kind:
            raise BadCursorError
        return Asked(
            community_id=community_id,
            kind=Kind(kind) if kind else None,
            labels=asked["labels"],
            needs_all=asked["match"] == "all",
            without=asked["not"],
            text=asked["q"],
            limit=limit,
            place=place,
        )


def cursor_to(place: Place) -> str:
    way = "p" if place.backwards else "n"
    return encoded(f"{way}{place.kind}:{place.key}")


def place_of(cursor: str) -> Place:
    """Raises BadCursorError for what `cursor_to` never gave."""
    try:
        text = decoded(cursor)
        word, _, key = text[1:].partition(":")
        kind = Kind(word)
        read = _id if kind is Kind.USER else _name
        return Place(kind, read(key), backwards=WAYS[text[:1]])
    except (ValueError, KeyError):
        raise BadCursorError from None


def _id(key: str) -> int | str:
    number = int(key)
    if not 0 <= number < 2**63:
        raise ValueError(key)
    return number


def _name(key: str) -> int | str:
    if "\0" in key:
        raise ValueError(key)
    return key


class PinnedLabelOutput(HeldLabelOutput):
    valid_until = serializers.DateTimeField(allow_null=True)


class ObjectOutput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(KINDS)
    object_id = serializers.CharField(
        help_text="A person's public id, a module's slug, the id of a community or entity group."
    )
    name = serializers.CharField()
    labels = PinnedLabelOutput(many=True, help_text="All that count now, by name.")
