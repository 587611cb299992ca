"""Stands between the browser and allauth."""

import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from identity.operations.attempts import count_code
from waddlebot.lib import wire
from waddlebot.lib.answers import refuse
from waddlebot.lib.errors import DomainError, NotFoundError
from waddlebot.lib.problems import MalformedError, TooLargeError, UnsupportedMediaTypeError

logger = logging.getLogger(__name__)

JSON_PATHS: Final = "/identity/auth/"
# A browser comes here by a form, to be sent on to the provider.
FORM_PATH: Final = "/auth/provider/redirect"
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# Where a code of ours is typed, on the pages and in the JSON.
CODES: Final = frozenset({
    "account_email_verification_sent", "account_confirm_login_code",
    "account_confirm_password_reset_code", "verify_email", "confirm_login_code",
    "reset_password",
})  # fmt: skip
# What comes of reading an answer of the wrong shape.
NONSENSE: Final = (AttributeError, LookupError, TypeError, ValueError)


class AccountGuard:
    """Lets through only JSON that can be kept, and codes no faster than they may be guessed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            _check_body(request)
        except DomainError as refusal:
            return refuse(request, refusal)
        response = self.get_response(request)
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            response.headers.setdefault("Retry-After", "60")
        return response

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Sequence[Any], _named: Mapping[str, Any]
    ) -> HttpResponse | None:
        name = request.resolver_match.url_name if request.resolver_match else ""
        session_key = request.session.session_key
        if name not in CODES or request.method in READING or not session_key:
            return None
        try:
            count_code(session_key=session_key)
        except DomainError as refusal:
            return refuse(request, refusal)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """fido2 reads the answer of a passkey as if it were sound."""
        name = (request.resolver_match.url_name if request.resolver_match else "") or ""
        takes_passkeys = "webauthn" in name or name == "mfa_authenticate"
        if request.method in READING or not takes_passkeys or not isinstance(error, NONSENSE):
            return None
        logger.warning("A passkey's answer makes no sense", exc_info=error)
        return refuse(request, MalformedError("This is not what a passkey answers."))


def _check_body(request: HttpRequest) -> None:
    path = request.path_info
    if path.startswith(JSON_PATHS) and "/phone" in path:
        raise NotFoundError  # allauth answers there as if accounts had telephones.
    if request.method in READING or not path.startswith(JSON_PATHS) or path.endswith(FORM_PATH):
        return
    if int(request.headers.get("content-length") or 0) > wire.MAX_BODY:
        raise TooLargeError
    if request.body:
        if request.content_type != "application/json":
            raise UnsupportedMediaTypeError
        wire.decode(request.body)
