"""allauth's two views of a provider, made safe from what providers answer."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.headless.socialaccount.response import SocialAccountsResponse
from allauth.headless.socialaccount.views import ManageProvidersView
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from identity.forms.disconnecting import DisconnectInput, disconnect
from waddlebot.lib.errors import NotFoundError

logger = logging.getLogger(__name__)

View = Callable[..., HttpResponseBase]
# What comes of reading an answer that is not what the provider documents.
NONSENSE = (AttributeError, LookupError, TypeError, ValueError)


class ProviderOffError(NotFoundError):
    code = "provider_off"

    def __init__(self) -> None:
        super().__init__("Signing in this way is not set up here.")


def starting(view: View) -> View:
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **named)
        except SocialApp.DoesNotExist:
            raise ProviderOffError from None

    return answer


def returning(view: View, slug: str) -> View:
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **named)
        except SocialApp.DoesNotExist:
            raise ProviderOffError from None
        except NONSENSE as error:
            logger.warning("A provider's answer makes no sense", exc_info=error)
            provider = get_adapter().get_provider(request, slug)
            page: HttpResponseBase = render_authentication_error(
                request, provider, exception=error
            )
            return page

    return answer


class ProvidersView(ManageProvidersView):
    """allauth's, with our rule about the last way in."""

    input_class = {"DELETE": DisconnectInput}

    def delete(self, request: HttpRequest, *_: Any, **__: Any) -> HttpResponseBase:
        disconnect(request, self.input.cleaned_data["account"])
        answer: HttpResponseBase = self.respond_provider_accounts(request)
        return answer

    @classmethod
    def respond_provider_accounts(cls, request: HttpRequest) -> SocialAccountsResponse:
        """List those whose provider is set up; allauth cannot tell about others."""
        slugs = {app.provider for app in get_adapter().list_apps(request)}
        mine = SocialAccount.objects.filter(user_id=request.user.pk, provider__in=slugs)
        return SocialAccountsResponse(request, mine)
