from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from identity import api as identity
from identity.models import ApiKey, AuditEvent, User
from identity.operations import key_reminders
from identity.operations.key_reminders import send_due
from tests import make
from tests.client import Api
from tests.identity.parallel import at_once

NOW = timezone.now()


@pytest.fixture
def owner(alice: User) -> User:
    User.objects.filter(pk=alice.pk).update(email="alice@example.org")
    return alice


def key_that_lives(owner: User, days: float) -> ApiKey:
    full = make.key(owner, now=NOW, expires_at=NOW + timedelta(days=days))
    return ApiKey.objects.get(key_id=full[3:15])


def run_at(day: float) -> int:
    return send_due(now=NOW + timedelta(days=day))


def test_a_key_is_spoken_of_seven_days_and_one_day_before_its_end(
    owner: User, mailoutbox: list[EmailMessage]
) -> None:
    key = key_that_lives(owner, 30)

    assert [run_at(day) for day in (22, 23.5, 24, 28, 29.5, 29.6, 31)] == [0, 1, 0, 0, 1, 0, 0]

    assert [mail.subject for mail in mailoutbox] == [
        "WaddleBot: an API key ends in 7 days",
        "WaddleBot: an API key ends in 1 day",
    ]
    text = str(mailoutbox[0].body)
    assert '"a key"' in text
    assert f"(it begins with wb_{key.key_id})" in text
    assert f"{key.expires_at:%Y-%m-%d %H:%M} UTC" in text
    assert f"/identity/v1/api-keys/{key.key_id}/rotate" in text


@pytest.mark.parametrize(("days", "told"), [(7, 1), (3, 1), (1, 0), (0.1, 0)])
def test_a_short_life_is_not_spoken_of_from_its_beginning(
    owner: User, days: float, told: int, mailoutbox: list[EmailMessage]
) -> None:
    key_that_lives(owner, days)

    assert run_at(0) == 0
    assert run_at(max(0, days - 0.5)) == told
    assert len(mailoutbox) == told


def test_after_a_long_silence_one_mail_is_enough(
    owner: User, mailoutbox: list[EmailMessage]
) -> None:
    key_that_lives(owner, 30)

    assert [run_at(29.5), run_at(29.6)] == [1, 0]
    assert [mail.subject for mail in mailoutbox] == ["WaddleBot: an API key ends in 1 day"]


def revoke(key: ApiKey) -> None:
    identity.revoke_key(pk=key.pk, now=NOW)


def close_account(key: ApiKey) -> None:
    User.objects.update(is_active=False)


@pytest.mark.parametrize("end", [revoke, close_account])
def test_of_a_key_that_is_over_nothing_is_said(owner: User, end: Any) -> None:
    end(key_that_lives(owner, 30))

    assert run_at(29.5) == 0


def test_of_a_rotated_key_nothing_is_said(owner: User, mailoutbox: list[EmailMessage]) -> None:
    key = key_that_lives(owner, 8)
    identity.rotate_key(pk=key.pk, overlap_s=86_400, now=NOW + timedelta(days=0.1))

    assert run_at(0.5) == 0
    assert mailoutbox == []


def test_without_an_address_the_log_and_the_list_say_it(
    alice: User, mailoutbox: list[EmailMessage]
) -> None:
    full = make.key(alice, scopes=["identity:manage"])
    day = timedelta(days=1)
    ApiKey.objects.update(created_at=NOW - 30 * day, expires_at=timezone.now() + 6 * day)

    assert send_due(now=timezone.now()) == 1

    assert mailoutbox == []
    event = AuditEvent.objects.get(action="key_expires_soon")
    assert (event.target, event.details["days"]) == (f"key:{full[3:15]}", 7)
    (listed,) = Api(full).get("/identity/v1/api-keys").json()["results"]
    assert listed["expires_soon"] is True


def test_a_mail_server_that_is_away_is_asked_again(
    owner: User, monkeypatch: pytest.MonkeyPatch, mailoutbox: list[EmailMessage]
) -> None:
    key_that_lives(owner, 30)

    def away(*_: object) -> None:
        raise SMTPServerDisconnected

    with monkeypatch.context() as patch:
        patch.setattr(key_reminders, "send_mail", away)
        assert run_at(24) == 0

    assert run_at(24.1) == 1
    assert len(mailoutbox) == 1


def test_an_address_the_server_refuses_holds_nobody_up(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_that_lives(owner, 30)

    def refuse(*_: object) -> None:
        raise SMTPRecipientsRefused({})

    monkeypatch.setattr(key_reminders, "send_mail", refuse)

    assert [run_at(24), run_at(24.1)] == [1, 0]


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_remind_at_once_one_does(mailoutbox: list[EmailMessage]) -> None:
    key_that_lives(make.user("carol", email="carol@example.org"), 30)
    moment: datetime = NOW + timedelta(days=24)

    told = at_once(*[lambda: send_due(now=moment)] * 8)

    assert sum(told) == 1
    assert len(mailoutbox) == 1
