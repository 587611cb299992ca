import pytest
from django.test import Client

from tests import make


@pytest.mark.django_db
def test_staff_see_no_secret_of_an_account_and_change_nothing_unrecorded() -> None:
    browser = Client()
    browser.force_login(make.user("staff", is_staff=True))

    page = browser.get("/admin/").content.decode()

    assert "/admin/identity/community/" in page
    for app in ("account", "mfa", "socialaccount", "usersessions"):
        assert f"/admin/{app}/" not in page
