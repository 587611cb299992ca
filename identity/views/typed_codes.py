"""Codes that collectors saw in private messages to the bot."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.data import ChatAccount, LinkStep, Scope
from identity.models import LinkRequest
from identity.operations.link_proofs import CodeInvalidError, confirm_typed, type_code
from identity.operations.linking import AccountTakenError
from identity.permissions import credential_of
from identity.serializers.links import TypedCodeInput, TypedCodeOutput
from waddlebot.lib.errors import Flaw, ForbiddenError, InvalidError


class TypedCodeView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.IDENTITY_VERIFY}

    @extend_schema(
        operation_id="report_typed_code", request=TypedCodeInput, responses=TypedCodeOutput
    )
    def post(self, request: Request) -> Response:
        """Report a code, or a `!confirm`, that somebody sent to the bot in private.

        Whatever is wrong with a code, the answer is 400 `code_invalid`.
        """
        bound_to = credential_of(request).platform
        form = TypedCodeInput(data=request.data)
        form.is_valid(raise_exception=True)
        data = form.validated_data
        if bound_to not in {None, data["platform"]}:
            raise ForbiddenError("This key speaks for another platform.")
        return Response(_step(_typed(data)))


def _typed(data: Mapping[str, Any]) -> LinkStep:
    typist = ChatAccount(
        platform=data["platform"],
        platform_user_id=data["platform_user_id"],
        user_name=data["platform_username"],
        display_name=data.get("display_name", ""),
    )
    if data["confirm"]:
        step = confirm_typed(typist=typist, now=timezone.now())
    elif "code" in data:
        step = type_code(typist=typist, code=data["code"], now=timezone.now())
    else:
        raise InvalidError("A code is needed.", errors=[Flaw("#/code", "This is required.")])
    if step is None:
        raise CodeInvalidError
    if step.state == LinkRequest.State.CANCELLED:
        raise AccountTakenError
    return step


def _step(step: LinkStep) -> dict[str, Any]:
    return {
        "link_id": step.link_id,
        "state": step.state,
        "account": step.account,
        "reply": step.reply,
    }
