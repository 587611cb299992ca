"""Codes that are sent to the account to be linked, and typed back on its page."""

import re

import pytest

from identity import tasks
from identity.models import IdentityLink, LinkRequest, User
from tests.identity.accounts.browser import ACCOUNT, Browser
from tests.identity.pages.reading import alert_of, code_of, text_of
from tests.platforms.conftest import twitch
from tests.platforms.servers import TwitchServer

__all__ = ["twitch"]

PLATFORMS = "/platforms/"


@pytest.fixture
def page(browser: Browser, twitch: TwitchServer) -> str:
    """Return the path of the page where alice waits for a whisper to bob."""
    browser.fill(PLATFORMS, platform="twitch", username="bob", method="dm")
    return f"{PLATFORMS}{LinkRequest.objects.get().pk}/"


def read(browser: Browser, path: str) -> str:
    return text_of(browser.get(f"{ACCOUNT}{path}"))


def sent_code(twitch: TwitchServer) -> str:
    found = re.search(r"!verify ([A-Z2-9]{6})", twitch.whispers[0].text)
    assert found is not None
    return found[1]


def test_it_is_sent_and_typed_back(
    browser: Browser, twitch: TwitchServer, page: str, alice: User
) -> None:
    assert "The private message is on its way." in read(browser, page)
    tasks.deliver_codes()
    assert "A private message with the code was sent." in read(browser, page)

    browser.send(f"{page}verify/", code=sent_code(twitch))

    assert "by a private message" in read(browser, PLATFORMS)
    assert IdentityLink.objects.get(user=alice).platform_user_id == "43"


def test_a_wrong_code_is_said_and_five_burn_it(browser: Browser, page: str) -> None:
    tasks.deliver_codes()

    answers = [browser.send(f"{page}verify/", code="ABCDEF") for _ in range(6)]

    assert [each.status_code for each in answers] == [400] * 5 + [429]
    assert alert_of(answers[0]) == "This code is not good."
    assert "Too many wrong codes were typed." in read(browser, page)


def test_an_empty_code_is_said_at_its_field(browser: Browser, page: str) -> None:
    tasks.deliver_codes()

    assert alert_of(browser.send(f"{page}verify/", code="")) == "This field is required."


def test_where_no_message_arrives_a_code_is_typed_there(
    browser: Browser, twitch: TwitchServer
) -> None:
    browser.fill(PLATFORMS, platform="twitch", username="nobody", method="dm")
    tasks.deliver_codes()
    page = f"{PLATFORMS}{LinkRequest.objects.get().pk}/"
    assert "did not arrive. No such account is known there." in read(browser, page)

    fields = {"platform": "twitch", "username": "nobody", "method": "chat"}

    assert code_of(browser.send(PLATFORMS, **fields))


@pytest.mark.usefixtures("twitch")
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"platform": "twitch"}, "Whom shall the code be sent to?"),
        ({"platform": "kick", "username": "bob"}, "sends no private messages on kick"),
    ],
)
def test_whom_no_message_reaches_is_said_at_the_form(
    browser: Browser, fields: dict[str, str], said: str
) -> None:
    response = browser.fill(PLATFORMS, method="dm", **fields)

    assert said in alert_of(response)
    assert not LinkRequest.objects.exists()
