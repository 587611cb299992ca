"""Sign-in with Kick (OAuth 2.1; https://docs.kick.com/getting-started/generating-tokens-oauth2-flow)."""

from typing import Any

from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider

from identity.providers.kick.views import KickOAuth2Adapter


class KickAccount(ProviderAccount):
    def to_str(self) -> str:
        return str(self.account.extra_data.get("name") or self.account.uid)


class KickProvider(OAuth2Provider):
    id = "kick"
    name = "Kick"
    account_class = KickAccount
    oauth2_adapter_class = KickOAuth2Adapter
    # Kick refuses whoever comes without it.
    pkce_enabled_default = True

    def get_default_scope(self) -> list[str]:
        return ["user:read"]

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data["user_id"])

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"username": data.get("name"), "name": data.get("name")}


provider_classes = [KickProvider]
