"""Signing in with a platform, and connecting one. Nobody is ever recognised by e-mail."""

from typing import Any, Final, NoReturn

import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from identity.adapters import outgoing
from identity.adapters.youtube import note_channel
from identity.operations.audit import record_refusal
from identity.operations.provider_accounts import owner_of
from waddlebot.lib.answers import refuse
from waddlebot.lib.errors import InvalidError

LONGEST_NAME: Final = 100
PAGE: Final = "socialaccount/refused.html"


class SocialAdapter(DefaultSocialAccountAdapter):
    def get_requests_session(self) -> requests.Session:
        return outgoing.session()

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]
    ) -> Any:
        user: Any = super().populate_user(request, sociallogin, data | {"email": None})
        user.first_name = user.last_name = ""
        shown = data.get("name") or data.get("username") or ""
        user.display_name = str(shown)[:LONGEST_NAME]
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find whose account this is, when it is somebody's already."""
        sociallogin.email_addresses = []
        connecting = sociallogin.state.get("process") == AuthProcess.CONNECT
        if connecting:
            note_channel(sociallogin)
        owner = sociallogin.user if sociallogin.is_existing else owner_of(sociallogin.account)
        if owner is None:
            return
        if connecting and owner.pk != request.user.pk:
            self._refuse_taken(request, sociallogin)
        if not connecting and not sociallogin.is_existing:
            sociallogin.connect(request, owner)

    def _refuse_taken(self, request: HttpRequest, sociallogin: SocialLogin) -> NoReturn:
        provider = sociallogin.account.provider
        _record(request, action="connect_by_oauth", reason=f"{provider} belongs to another")
        if sociallogin.is_headless:
            raise self.validation_error("connected_other")
        raise ImmediateHttpResponse(_page(request, 409, sociallogin.provider, "taken"))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Any = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        if provider is None:
            detail = "Name a provider, the process, and where to come back to."
            raise ImmediateHttpResponse(refuse(request, InvalidError(detail)))
        state = (extra_context or {}).get("state")
        why, status = _why(state, error, exception)
        _record(request, action="sign_in_by_oauth", reason=f"{provider.id} {why}")
        if not (state or {}).get("headless"):
            raise ImmediateHttpResponse(_page(request, status, provider, why))


def _why(state: Any, error: Any, exception: Any) -> tuple[str, int]:
    if error == AuthError.CANCELLED:
        return "consent", 403
    if state is None and exception is None:
        return "state", 400
    return "provider", 503


def _record(request: HttpRequest, *, action: str, reason: str) -> None:
    user = request.user
    record_refusal(
        category="authentication",
        action=action,
        actor=f"user:{user.pk}" if user.is_authenticated else "anonymous",
        reason=reason,
    )


def _page(request: HttpRequest, status: int, provider: Any, why: str) -> HttpResponse:
    page = render(request, PAGE, {"provider": provider, "why": why}, status=status)
    if why == "provider":
        page["Retry-After"] = "30"
    return page
