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
from identity.views.pages import platforms
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
