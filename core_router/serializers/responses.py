"""What a module says later, of one call."""

from typing import Any, Final

from rest_framework import serializers

from core_router.data import Outcome
from core_router.engines.answers import LONGEST_TEXT, to_answer
from core_router.engines.base import EngineError
from core_router.engines.echo import plain
from core_router.pipeline.response import BadAnswerError, Response
from waddlebot.lib.fields import Flag, Strict, Text

UNEXPLAINED: Final = "The module said that it failed."


class AnyActionField(serializers.JSONField):
    """One action as the contract lists them; engines.answers says what is wrong with it."""


class ResponseSerializer(Strict):
    """`actions` or a `text`; with `success: false` an `error`, for whoever wrote the module."""

    execution_id = serializers.UUIDField()
    session_id = serializers.UUIDField()
    success = Flag(default=True)
    text = Text(max_length=LONGEST_TEXT, required=False, allow_null=True, allow_blank=True)
    actions = serializers.ListField(child=AnyActionField(), required=False, allow_null=True)
    error = Text(max_length=2000, required=False, allow_null=True, allow_blank=True)

    def to_response(self) -> Response:
        """Raises BadAnswerError."""
        given = self.validated_data
        error = None if given["success"] else plain(given.get("error") or UNEXPLAINED)
        try:
            answer = to_answer(given)
        except EngineError as refusal:
            raise BadAnswerError(refusal) from None
        return Response(given["execution_id"], given["session_id"], answer, error)


class TakenSerializer(serializers.Serializer[Any]):
    """What became of a response."""

    execution_id = serializers.UUIDField()
    session_id = serializers.UUIDField()
    outcome = serializers.ChoiceField(choices=[Outcome.EXECUTED.value, Outcome.FAILED.value])
    actions = serializers.ListField(child=serializers.DictField())
