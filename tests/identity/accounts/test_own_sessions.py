import pytest
from allauth.usersessions.models import UserSession

from identity import api as identity
from identity.models import AuditEvent, User
from tests import make
from tests.identity.accounts.browser import ACCOUNT, PASSWORD, Browser

SESSIONS = "/sessions/"
ME = "/identity/v1/me"


@pytest.fixture
def elsewhere(alice: User) -> Browser:
    browser = Browser()
    browser.sign_in("alice")
    return browser


def session_of(browser: Browser) -> UserSession:
    return UserSession.objects.get(session_key=browser.cookies["sessionid"].value)


def test_all_of_ones_sessions_are_listed(signed_in: Browser, elsewhere: Browser) -> None:
    page = signed_in.get(f"{ACCOUNT}{SESSIONS}").content.decode()

    assert page.count("since") == 2
    assert page.count("This one") == 1


def test_one_session_is_ended_at_once(signed_in: Browser, elsewhere: Browser) -> None:
    assert elsewhere.get(ME).status_code == 200

    signed_in.send(f"{SESSIONS}{session_of(elsewhere).pk}/end/")

    assert elsewhere.get(ME).status_code == 401
    assert signed_in.get(ME).status_code == 200
    assert AuditEvent.objects.filter(action="sessions_ended").exists()


def test_a_session_of_others_is_not_ended(signed_in: Browser) -> None:
    carol = make.user("carol", password=PASSWORD, email="c@example.org")
    theirs = UserSession.objects.create(
        user=carol, ip="127.0.0.1", session_key="x" * 32, user_agent=""
    )

    response = signed_in.send(f"{SESSIONS}{theirs.pk}/end/")

    assert response.status_code == 404
    assert UserSession.objects.filter(pk=theirs.pk).exists()


def test_everywhere_else_is_signed_out(signed_in: Browser, elsewhere: Browser) -> None:
    signed_in.fill(SESSIONS)

    assert elsewhere.get(ME).status_code == 401
    assert signed_in.get(ME).status_code == 200


def test_everywhere_is_signed_out(signed_in: Browser, elsewhere: Browser) -> None:
    response = signed_in.fill(f"{SESSIONS}end-all/")

    assert response["Location"] == f"{ACCOUNT}/login/"
    assert {elsewhere.get(ME).status_code, signed_in.get(ME).status_code} == {401}


def test_a_new_password_ends_the_other_sessions(signed_in: Browser, elsewhere: Browser) -> None:
    signed_in.fill(
        "/password/change/", oldpassword=PASSWORD, password1="another good one",
        password2="another good one",
    )  # fmt: skip

    assert elsewhere.get(ME).status_code == 401
    assert signed_in.get(ME).status_code == 200
    assert AuditEvent.objects.filter(action="password_changed").exists()


def test_a_session_by_link_is_listed_too(browser: Browser, alice: User) -> None:
    path = f"/portal/sign-in/{identity.login_link(user_id=alice.pk)}"
    browser.get(path)
    browser.post(path, {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value})

    assert "This one" in browser.get(f"{ACCOUNT}{SESSIONS}").content.decode()


def test_signing_out_is_written_down(signed_in: Browser, alice: User) -> None:
    signed_in.fill("/logout/")

    assert signed_in.get(ME).status_code == 401
    assert AuditEvent.objects.get(action="signed_out").actor == f"user:{alice.pk}"


def test_an_account_is_looked_at_in_one_place(signed_in: Browser) -> None:
    page = signed_in.get(f"{ACCOUNT}/").content.decode()

    assert "alice@example.org" in page
    for path in ("email/", "password/change/", "connections/", "2fa/", "sessions/"):
        assert f'href="{ACCOUNT}/{path}"' in page
        assert signed_in.get(f"{ACCOUNT}/{path}").status_code == 200
