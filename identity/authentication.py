"""Who is asking: an API key in a header, or a signed-in person's session."""

from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.request import Request

from identity.data import Credential, Scope
from identity.models import User
from identity.operations import authenticate
from waddlebot.lib.problems import CsrfError

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SESSION_SCOPES = frozenset(Scope) - {Scope.ADMIN}


@dataclass(frozen=True, slots=True)
class KeyOwner:
    """Whom DRF calls the user of a request that came with a key; reading no row for it."""

    pk: int
    is_authenticated: bool = True
    is_active: bool = True


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer wb_…` or `X-API-Key: wb_…`; never from the query string."""

    def authenticate(self, request: Request) -> tuple[KeyOwner, Credential] | None:
        raw = key_in(request)
        if raw is None:
            return None
        credential = authenticate(raw, ip=request.META.get("REMOTE_ADDR", ""))
        return KeyOwner(pk=credential.user_id), credential

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="waddlebot"'


def key_in(request: Request | HttpRequest) -> str | None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return str(value).strip()
    key: str | None = request.headers.get("x-api-key")
    return key


class SessionAuthentication(BaseAuthentication):
    """Django's session, read from its cookie here, since the API runs without its middleware."""

    def authenticate(self, request: Request) -> tuple[User, Credential] | None:
        user = session_user(request)
        if user is None:
            return None
        if request.method not in SAFE:
            _check_csrf(request)
        scopes = SESSION_SCOPES | ({Scope.ADMIN} if user.is_staff else set())
        return user, Credential(
            kind="session", user_id=user.pk, is_staff=user.is_staff, scopes=frozenset(scopes)
        )


def session_user(request: Request) -> User | None:
    session_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not session_key:
        return None
    if not hasattr(request, "session"):
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return None if isinstance(user, AnonymousUser) or not user.is_active else user


def _check_csrf(request: Request) -> None:
    check = CSRFCheck(lambda _: None)  # type: ignore[arg-type]
    check.process_request(request)
    if check.process_view(request, None, (), {}):  # type: ignore[arg-type]
        raise CsrfError("The CSRF token is missing or wrong.")
