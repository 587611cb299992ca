"""Signing up, a passkey, and signing in with it, in a real browser."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.identity.accounts.browser import PASSWORD, code_of_last_mail

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
SCHEMES: list[Any] = ["light", "dark"]
PAGES = ["", "email/", "password/change/", "connections/", "2fa/", "sessions/"]


@pytest.fixture(autouse=True, scope="module")
def _orm_beside_the_browser() -> Iterator[None]:
    """Longer than a test: the live server's database is emptied after all of its fixtures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """Collects what the browser complains about: blocked scripts, missing files, errors."""
    heard: list[str] = []
    page.on("console", lambda said: heard.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


@pytest.fixture
def account(page: Page, live_server: Any) -> str:
    """Sign somebody up, and return the address of their account."""
    address = f"{live_server.url}/identity/account/"
    page.goto(f"{address}signup/")
    page.get_by_label("Email").fill("bob@example.org")
    page.get_by_label("Username").fill("bob")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign Up").click()
    expect(page.get_by_label("Code")).to_be_visible()
    page.get_by_label("Code").fill(code_of_last_mail())
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("button", name="Sign out bob")).to_be_visible()
    return address


def test_a_passkey_signs_in(page: Page, account: str, complaints: list[str]) -> None:
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.goto(f"{account}2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("I have saved my recovery codes")).to_be_visible()

    page.get_by_role("button", name="Sign out bob").click()
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("heading", name="Your communities")).to_be_visible()
    assert complaints == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_its_pages_fit_a_telephone(
    page: Page, account: str, complaints: list[str], scheme: Any
) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(color_scheme=scheme)

    for path in PAGES:
        page.goto(f"{account}{path}")
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"\S"))
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    assert complaints == []
