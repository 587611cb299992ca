"""Signing in with each platform, against a server that behaves as that platform documents."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.socialaccount.providers.discord.views import DiscordOAuth2Adapter
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from allauth.socialaccount.providers.slack.views import SlackOAuth2Adapter
from allauth.socialaccount.providers.twitch.views import TwitchOAuth2Adapter
from django.utils import timezone

from identity import api as identity
from identity.adapters import outgoing, youtube
from identity.models import AuditEvent, IdentityLink, User
from identity.operations.linking import link_account
from identity.providers.kick.views import KickOAuth2Adapter
from tests import make
from tests.client import Api
from tests.identity.accounts.browser import ACCOUNT, PASSWORD, Browser
from tests.identity.accounts.provider import CLIENT_ID, CLIENT_SECRET, Provider, running

ADAPTERS: dict[str, Any] = {
    "twitch": TwitchOAuth2Adapter,
    "discord": DiscordOAuth2Adapter,
    "slack": SlackOAuth2Adapter,
    "google": GoogleOAuth2Adapter,
    "kick": KickOAuth2Adapter,
}
CHATS = ["twitch", "discord", "slack", "kick"]
CONNECT = "?process=connect"


@pytest.mark.parametrize("slug", ADAPTERS)
def test_the_policy_of_our_pages_lets_a_form_lead_there(slug: str, settings: Any) -> None:
    address = urlsplit(str(ADAPTERS[slug].authorize_url))

    assert f"https://{address.hostname}" in settings.OAUTH_ORIGINS[slug]


@pytest.fixture(params=ADAPTERS)
def provider(
    request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Provider]:
    slug = request.param
    settings.ENGINE_ALLOWED_HOSTS = ["127.0.0.1"]
    app = {"client_id": CLIENT_ID, "secret": CLIENT_SECRET}
    with running(slug, f"http://testserver{ACCOUNT}/{slug}/login/callback/") as server:
        settings.SOCIALACCOUNT_PROVIDERS = {slug: {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}
        adapter = ADAPTERS[slug]
        monkeypatch.setattr(adapter, "authorize_url", f"{server.url}/authorize")
        monkeypatch.setattr(adapter, "access_token_url", f"{server.url}/token")
        profile = "profile_url" if hasattr(adapter, "profile_url") else "identity_url"
        monkeypatch.setattr(adapter, profile, f"{server.url}/person")
        monkeypatch.setattr(youtube, "CHANNELS_URL", f"{server.url}/channels")
        yield server


only_chats = pytest.mark.parametrize("provider", CHATS, indirect=True)
only_twitch = pytest.mark.parametrize("provider", ["twitch"], indirect=True)


def sent_to(browser: Browser, provider: Provider, how: str = "") -> dict[str, str]:
    """Press the button, and return what the browser carries to the provider."""
    response = browser.fill(f"/{provider.slug}/login/{how}")
    address = urlsplit(response["Location"])
    assert f"http://{address.netloc}" == provider.url
    return dict(parse_qsl(address.query))


def come_back(browser: Browser, provider: Provider, how: str = "") -> Any:
    return browser.get(provider.authorize(sent_to(browser, provider, how)))


def confirm_password(browser: Browser) -> Any:
    return browser.fill("/reauthenticate/", password=PASSWORD)


def test_somebody_new_gets_an_account_and_comes_back_to_it(
    browser: Browser, provider: Provider
) -> None:
    come_back(browser, provider)
    assert browser.is_signed_in()
    user = User.objects.get()

    again = Browser()
    come_back(again, provider)

    assert again.is_signed_in()
    assert User.objects.get() == user
    assert AuditEvent.objects.filter(action="sign_in_by_oauth", outcome="success").count() == 2
    assert not SocialToken.objects.exists()


@only_chats
def test_a_sign_up_proves_the_account_in_chat(browser: Browser, provider: Provider) -> None:
    seen = identity.resolve(platform=provider.slug, platform_user_id="42", user_name="bob")
    assert seen is not None
    assert seen.is_staged

    come_back(browser, provider)

    link = IdentityLink.objects.get()
    assert (link.platform, link.platform_user_id, link.method) == (provider.slug, "42", "oauth")
    assert not link.user.is_staged
    assert link.user.merged_into_id is None


@only_chats
def test_who_has_proven_it_by_a_code_signs_in_with_it(
    browser: Browser, provider: Provider, alice: User
) -> None:
    link_account(
        user_id=alice.pk, platform=provider.slug, platform_user_id="42", user_name="bob",
        method="chat", actor="system", now=timezone.now(),
    )  # fmt: skip

    come_back(browser, provider)

    assert browser.is_signed_in()
    assert SocialAccount.objects.get().user == alice


def test_the_same_address_makes_nobody_the_same(
    browser: Browser, provider: Provider, alice: User
) -> None:
    come_back(browser, provider)

    assert browser.is_signed_in()
    assert SocialAccount.objects.get().user != alice
    assert EmailAddress.objects.get().user == alice


def test_it_is_connected_after_the_password(signed_in: Browser, provider: Provider) -> None:
    assert come_back(signed_in, provider, CONNECT)["Location"] == f"{ACCOUNT}/reauthenticate/"
    assert not SocialAccount.objects.exists()

    confirm_password(signed_in)

    assert SocialAccount.objects.get().user.username == "alice"
    links = set(IdentityLink.objects.values_list("platform", "platform_user_id"))
    chats = ("youtube", "UC42") if provider.slug == "google" else (provider.slug, "42")
    assert links == {chats}
    assert AuditEvent.objects.filter(action="provider_connected").exists()


def test_what_is_somebody_elses_is_not_connected(
    browser: Browser, provider: Provider, alice: User
) -> None:
    come_back(Browser(), provider)
    browser.sign_in("alice")

    response = come_back(browser, provider, CONNECT)

    assert response.status_code == 409
    assert "merge" in response.content.decode()
    assert SocialAccount.objects.get().user != alice


@only_chats
def test_what_somebody_else_proved_in_chat_is_not_connected(
    signed_in: Browser, provider: Provider
) -> None:
    link_account(
        user_id=make.user("carol").pk, platform=provider.slug, platform_user_id="42",
        user_name="bob", method="chat", actor="system", now=timezone.now(),
    )  # fmt: skip

    assert come_back(signed_in, provider, CONNECT).status_code == 409
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    "trouble", ["500", "garbage", "nothing known", "list", "redirect", "silence"]
)
def test_a_provider_in_trouble_connects_nothing(
    signed_in: Browser,
    provider: Provider,
    trouble: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outgoing, "TIMEOUT_S", 0.3)
    address = provider.authorize(sent_to(signed_in, provider, CONNECT))
    provider.trouble = trouble

    response = signed_in.get(address)

    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert "did not answer as it should" in response.content.decode()
    assert not SocialAccount.objects.exists()
    assert AuditEvent.objects.filter(action="sign_in_by_oauth", outcome="refused").exists()


@pytest.mark.parametrize("missing", ["code_verifier", "state"])
def test_a_stolen_code_is_of_no_use(browser: Browser, provider: Provider, missing: str) -> None:
    stolen = provider.authorize(sent_to(browser, provider))
    thief = Browser()
    mine = sent_to(thief, provider)
    if missing == "code_verifier":
        stolen = stolen.rpartition("state=")[0] + f"state={mine['state']}"

    response = thief.get(stolen)

    assert response.status_code == (503 if missing == "code_verifier" else 400)
    assert not thief.is_signed_in()
    assert not User.objects.exists()


@pytest.mark.parametrize("query", ["", "?code=x", "?code=x&state=forged", "?state=%00&code=x"])
def test_a_forged_state_is_a_clear_page(browser: Browser, provider: Provider, query: str) -> None:
    response = browser.get(f"{ACCOUNT}/{provider.slug}/login/callback/{query}")

    assert response.status_code == 400
    assert not User.objects.exists()


def test_a_state_serves_once(browser: Browser, provider: Provider) -> None:
    address = provider.authorize(sent_to(browser, provider))
    browser.get(address)

    assert Browser().get(address).status_code == 400
    assert browser.get(address).status_code == 400


def test_a_refused_consent_changes_nothing(signed_in: Browser, provider: Provider) -> None:
    state = sent_to(signed_in, provider, CONNECT)["state"]

    response = signed_in.get(f"{provider.redirect_uri}?error=access_denied&state={state}")

    assert response.status_code == 403
    assert "did not let" in response.content.decode()
    assert not SocialAccount.objects.exists()


def test_sign_in_begins_with_a_post(browser: Browser, provider: Provider) -> None:
    response = browser.get(f"{ACCOUNT}/{provider.slug}/login/")

    assert response.status_code == 200
    assert "Continue" in response.content.decode()


@pytest.mark.parametrize("slug", ADAPTERS)
@pytest.mark.parametrize("path", ["login/", "login/callback/?code=x&state=y"])
def test_without_credentials_it_is_not_offered(browser: Browser, slug: str, path: str) -> None:
    response = browser.get(f"{ACCOUNT}/{slug}/{path}")

    assert response.status_code == 404
    assert "not set up here" in response.content.decode()
    assert slug not in browser.get(f"{ACCOUNT}/login/").content.decode()


def test_it_is_offered_with_a_button(browser: Browser, provider: Provider) -> None:
    page = browser.get(f"{ACCOUNT}/login/").content.decode()

    assert f'action="{ACCOUNT}/{provider.slug}/login/' in page


@only_chats
def test_it_is_disconnected_with_its_account_in_chat(
    signed_in: Browser, provider: Provider
) -> None:
    come_back(signed_in, provider, CONNECT)
    confirm_password(signed_in)

    signed_in.fill("/connections/", account=str(SocialAccount.objects.get().pk))

    assert not SocialAccount.objects.exists()
    assert not IdentityLink.objects.exists()
    assert AuditEvent.objects.filter(action="provider_disconnected").exists()


def test_the_last_way_in_stays(browser: Browser, provider: Provider) -> None:
    come_back(browser, provider)

    response = browser.fill("/connections/", account=str(SocialAccount.objects.get().pk))

    assert response.status_code == 409
    assert "last way into" in response.content.decode()
    assert SocialAccount.objects.exists()


@only_twitch
def test_unlinking_over_the_api_ends_the_sign_in_too(
    signed_in: Browser, provider: Provider
) -> None:
    come_back(signed_in, provider, CONNECT)
    confirm_password(signed_in)
    api = Api(make.key(SocialAccount.objects.get().user))

    link_id = api.get("/identity/v1/links").json()["results"][0]["link_id"]
    assert api.delete(f"/identity/v1/links/{link_id}").status_code == 204

    assert not SocialAccount.objects.exists()
