"""The two steps of signing in with Kick."""

from typing import Any, Final

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import (
    OAuth2Adapter,
    OAuth2CallbackView,
    OAuth2LoginView,
)
from django.http import HttpRequest

ID_HOST: Final = "https://id.kick.com"


class KickOAuth2Adapter(OAuth2Adapter):
    provider_id = "kick"
    authorize_url = f"{ID_HOST}/oauth/authorize"
    access_token_url = f"{ID_HOST}/oauth/token"
    profile_url = "https://api.kick.com/public/v1/users"

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **_: Any
    ) -> SocialLogin:
        headers = {"Authorization": f"Bearer {token.token}"}
        with get_adapter().get_requests_session() as session:
            found = session.get(self.profile_url, headers=headers).json().get("data")
        # Without ids in the query Kick lists the one the token belongs to.
        if not isinstance(found, list) or len(found) != 1 or "user_id" not in found[0]:
            raise OAuth2Error("Kick did not say who this is.")
        return self.get_provider().sociallogin_from_response(request, found[0])


oauth2_login = OAuth2LoginView.adapter_view(KickOAuth2Adapter)
oauth2_callback = OAuth2CallbackView.adapter_view(KickOAuth2Adapter)
