from datetime import timedelta

import pytest
from django.utils import timezone

from identity import api as identity
from identity.models import AuditEvent, User, VerificationCode


def use(token: str, **later: int) -> int:
    return identity.consume_login_token(token, now=timezone.now() + timedelta(**later))


def test_a_login_link_signs_in_once(alice: User) -> None:
    token = identity.login_link(user_id=alice.pk)

    assert use(token) == alice.pk
    with pytest.raises(identity.LoginLinkError):
        use(token)


def test_a_login_link_is_good_for_a_quarter_of_an_hour(alice: User) -> None:
    token = identity.login_link(user_id=alice.pk)

    with pytest.raises(identity.LoginLinkError):
        use(token, minutes=15, seconds=1)


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 10_000, "\x00", "\ud800"])
def test_what_is_no_login_link_signs_nobody_in(alice: User, token: str) -> None:
    identity.login_link(user_id=alice.pk)

    with pytest.raises(identity.LoginLinkError):
        use(token)


def test_the_link_of_a_closed_account_signs_nobody_in(alice: User) -> None:
    token = identity.login_link(user_id=alice.pk)
    User.objects.update(is_active=False)

    with pytest.raises(identity.LoginLinkError):
        use(token)


def test_the_token_is_kept_nowhere(alice: User) -> None:
    token = identity.login_link(user_id=alice.pk)

    assert token not in str(VerificationCode.objects.values().get())


def test_old_links_are_cleared_away(alice: User) -> None:
    identity.login_link(user_id=alice.pk, now=timezone.now() - timedelta(days=1))
    identity.login_link(user_id=alice.pk)

    assert VerificationCode.objects.count() == 1


def test_signing_in_by_link_is_on_the_record(alice: User) -> None:
    use(identity.login_link(user_id=alice.pk))

    event = AuditEvent.objects.get(category="authentication")
    assert (event.action, event.actor) == ("sign_in_by_link", f"user:{alice.pk}")
