"""People's accounts: allauth's pages and its JSON.

They are outside the namespace of `identity.urls`, since allauth asks for its own names without.
"""

from allauth.headless.constants import Client
from allauth.socialaccount.providers.discord import views as discord
from allauth.socialaccount.providers.google import views as google
from allauth.socialaccount.providers.slack import views as slack
from allauth.socialaccount.providers.twitch import views as twitch
from django.urls import URLPattern, URLResolver, include, path

from identity.providers.kick import views as kick
from identity.views import accounts
from identity.views.pages import activity, data, keys, merges, platforms
from identity.views.providers import ProvidersView, returning, starting

PROVIDERS = {
    "twitch": twitch,
    "discord": discord,
    "slack": slack,
    "google": google,
    "kick": kick,
}


def _of_provider(slug: str) -> list[URLPattern]:
    views = PROVIDERS[slug]
    there, back = starting(views.oauth2_login), returning(views.oauth2_callback, slug)
    return [
        path(f"{slug}/login/", there, name=f"{slug}_login"),
        path(f"{slug}/login/callback/", back, name=f"{slug}_callback"),
    ]


own: list[URLPattern] = [
    path("platforms/", platforms.platforms, name="account_platforms"),
    path("platforms/<uuid:link>/", platforms.platform, name="account_platform"),
    path(
        "platforms/<uuid:link>/verify/", platforms.verify_platform, name="account_platform_verify"
    ),
    path(
        "platforms/<uuid:link>/resend/",
        platforms.resend_platform_code,
        name="account_platform_resend",
    ),
    path(
        "platforms/<uuid:link>/cancel/", platforms.cancel_platform, name="account_platform_cancel"
    ),
    path(
        "platforms/<uuid:link>/unlink/", platforms.unlink_platform, name="account_platform_unlink"
    ),
    path("keys/", keys.keys, name="account_keys"),
    path("keys/new/", keys.new_key, name="account_key_new"),
    path("keys/<str:key_id>/rotate/", keys.rotate_own_key, name="account_key_rotate"),
    path("keys/<str:key_id>/revoke/", keys.revoke_own_key, name="account_key_revoke"),
    path("data/", data.data, name="account_data"),
    path("data/export/", data.ask_export, name="account_data_export"),
    path("data/delete/", data.delete_account, name="account_data_delete"),
    path("data/keep/", data.keep_account, name="account_data_keep"),
    path("activity/", activity.activity, name="account_activity"),
    path("merge/", merges.merges, name="account_merges"),
    path("merge/code/", merges.merge_code, name="account_merge_code"),
    path("merge/<uuid:merge>/", merges.merge, name="account_merge"),
    path("merge/<uuid:merge>/confirm/", merges.confirm_own_merge, name="account_merge_confirm"),
    path("merge/<uuid:merge>/undo/", merges.undo_own_merge, name="account_merge_undo"),
    path("merge/<uuid:merge>/cancel/", merges.cancel_own_merge, name="account_merge_cancel"),
]
pages: list[URLPattern | URLResolver] = [
    *own,
    path("", accounts.home, name="account_home"),
    path("sessions/<int:session>/end/", accounts.end_session, name="account_end_session"),
    path("sessions/end-all/", accounts.end_all_sessions, name="account_end_all_sessions"),
    path("sessions/", include("allauth.usersessions.urls")),
    path("2fa/", include("allauth.mfa.urls")),
    path("connections/", include("allauth.socialaccount.urls")),
    *(pattern for slug in PROVIDERS for pattern in _of_provider(slug)),
    path("", include("allauth.account.urls")),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("account/", include(pages)),
    path(
        "auth/browser/v1/account/providers",
        ProvidersView.as_api_view(client=Client.BROWSER),
        name="manage_providers",
    ),
    path("auth/", include("allauth.headless.urls")),
]
