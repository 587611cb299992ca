import pytest

from identity.models import User
from tests.identity.accounts.browser import Browser


@pytest.fixture
def browser(alice: User) -> Browser:
    """Alice is signed in by a link, and has neither password nor second factor."""
    browser = Browser()
    browser.force_login(alice)
    return browser
