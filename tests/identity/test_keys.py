import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import InterfaceError
from django.db.models import QuerySet
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from identity import api as identity
from identity.models import ApiKey, AuditEvent, User
from identity.operations import credentials
from tests import make
from waddlebot.lib.errors import InvalidError

HERE = "203.0.113.9"


def who(full: str, *, ip: str = HERE, **later: int) -> int:
    now = timezone.now() + timedelta(**later)
    return identity.authenticate(full, ip=ip, now=now).user_id


def test_a_key_tells_whose_it_is_and_what_it_may(alice: User) -> None:
    full = make.key(alice, scopes=["events:write"], platform="twitch")

    credential = identity.authenticate(full, ip=HERE)

    assert credential.user_id == alice.pk
    assert credential.scopes == frozenset({"events:write"})
    assert credential.platform == "twitch"


def test_a_key_has_the_shape_secret_scanners_know(alice: User) -> None:
    prefix, key_id, secret, checksum = make.key(alice).split("_")

    assert (prefix, len(key_id), len(secret), len(checksum)) == ("wb", 12, 43, 6)


def test_the_secret_is_kept_nowhere(alice: User) -> None:
    full = make.key(alice)

    kept = ApiKey.objects.values().get()

    assert full.split("_")[2] not in str(kept)


TYPOS: dict[str, Callable[[str], str]] = {
    "another checksum": lambda full: full[:-1] + ("a" if full[-1] != "a" else "b"),
    "another letter": lambda full: full[:20] + ("a" if full[20] != "a" else "b") + full[21:],
    "too short": lambda full: full[:-1],
    "too long": lambda full: full + "x",
    "no ASCII": lambda full: "wb_" + "é" * 63,
    "no text": lambda full: "wb_" + "\x00" * 63,
    "nothing": lambda full: "",
    "another prefix": lambda full: full.replace("wb_", "xx_"),
}


@pytest.mark.parametrize("typo", TYPOS)
def test_a_typo_is_refused_without_a_query(
    alice: User, typo: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    full = make.key(alice)

    with django_assert_num_queries(0), pytest.raises(identity.BadCredentialsError):
        who(TYPOS[typo](full))


def test_a_well_formed_key_with_a_nul_in_its_id_is_refused_without_a_query(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    head = "wb_" + "\x00" * 12 + "_" + "a" * 43

    with django_assert_num_queries(0), pytest.raises(identity.BadCredentialsError):
        who(f"{head}_{credentials.checksum(head)}")


def test_a_well_formed_key_nobody_made_is_refused(alice: User) -> None:
    head = "wb_" + "a" * 12 + "_" + "a" * 43

    with pytest.raises(identity.BadCredentialsError):
        who(f"{head}_{credentials.checksum(head)}")


def test_the_right_id_with_another_secret_is_refused(alice: User) -> None:
    head = make.key(alice)[:16] + "a" * 43

    with pytest.raises(identity.BadCredentialsError):
        who(f"{head}_{credentials.checksum(head)}")


def test_a_known_key_costs_no_query(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    full = make.key(alice)
    who(full)

    with django_assert_num_queries(0):
        who(full)


def test_a_key_ends_to_the_second_though_it_is_remembered(alice: User) -> None:
    full = make.key(alice, expires_at=timezone.now() + timedelta(seconds=60))
    assert who(full, seconds=59) == alice.pk

    with pytest.raises(identity.BadCredentialsError):
        who(full, seconds=60)


def test_a_revoked_key_is_refused(alice: User) -> None:
    full = make.key(alice)
    assert who(full) == alice.pk

    identity.revoke_key(pk=ApiKey.objects.get().pk)

    with pytest.raises(identity.BadCredentialsError):
        who(full)


def test_a_key_dies_with_the_account_of_its_owner(alice: User) -> None:
    full = make.key(alice)
    who(full)

    alice.is_active = False
    alice.save()
    identity.forget_user(alice.pk)

    with pytest.raises(identity.BadCredentialsError):
        who(full)


@pytest.mark.parametrize(
    "ip", ["203.0.113.9", "198.51.100.77", "::ffff:203.0.113.9", "2001:db8::5"]
)
def test_a_bound_key_works_from_its_addresses(alice: User, ip: str) -> None:
    full = make.key(alice, allowed_ips=["203.0.113.9", "198.51.100.0/24", "2001:db8::/32"])

    assert who(full, ip=ip) == alice.pk


@pytest.mark.parametrize("ip", ["203.0.113.10", "198.51.101.1", "2001:db9::1", "", "nonsense"])
def test_a_bound_key_works_from_nowhere_else(alice: User, ip: str) -> None:
    full = make.key(alice, allowed_ips=["203.0.113.9", "198.51.100.0/24", "2001:db8::/32"])

    with pytest.raises(identity.BadCredentialsError):
        who(full, ip=ip)


def test_its_use_is_noted_once_a_minute(
    alice: User, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    full = make.key(alice)
    who(full)
    first = ApiKey.objects.get().last_used_at

    monkeypatch.setattr(credentials, "_noted", {})  # As in another process.
    who(full, seconds=30)
    assert ApiKey.objects.get().last_used_at == first

    monkeypatch.setattr(credentials, "_noted", {})
    who(full, seconds=61)
    assert ApiKey.objects.get().last_used_at != first


def test_a_rotated_key_works_for_its_overlap(alice: User) -> None:
    old = make.key(alice)

    new = identity.rotate_key(pk=ApiKey.objects.get().pk, overlap_s=60, now=timezone.now())

    assert who(new.full) == who(old) == alice.pk
    with pytest.raises(identity.BadCredentialsError):
        who(old, seconds=61)


def test_a_key_rotated_without_overlap_is_dead_at_once(alice: User) -> None:
    old = make.key(alice)
    who(old)

    new = identity.rotate_key(pk=ApiKey.objects.get().pk, overlap_s=0, now=timezone.now())

    assert who(new.full) == alice.pk
    with pytest.raises(identity.BadCredentialsError):
        who(old)


def test_rotation_does_not_let_an_old_key_live_longer(alice: User) -> None:
    ends_at = timezone.now() + timedelta(seconds=30)
    make.key(alice, expires_at=ends_at)

    identity.rotate_key(pk=ApiKey.objects.get().pk, overlap_s=3600, now=timezone.now())

    assert ApiKey.objects.order_by("pk")[0].expires_at == ends_at


@pytest.mark.parametrize("overlap_s", [-1, 86_401])
def test_an_overlap_over_a_day_is_refused(alice: User, overlap_s: int) -> None:
    make.key(alice)

    with pytest.raises(InvalidError):
        identity.rotate_key(pk=ApiKey.objects.get().pk, overlap_s=overlap_s, now=timezone.now())


def test_a_key_lives_90_days_unless_told_otherwise(alice: User) -> None:
    make.key(alice)

    key = ApiKey.objects.get()
    assert key.expires_at - key.created_at == timedelta(days=90)


@pytest.mark.parametrize("days", [-1, 0, 366])
def test_a_key_lives_a_year_at_most(alice: User, days: int) -> None:
    with pytest.raises(InvalidError):
        make.key(alice, expires_at=timezone.now() + timedelta(days=days))


@pytest.mark.parametrize("wrong", ["scopes", "allowed_ips"])
def test_nonsense_is_refused_when_a_key_is_made(alice: User, wrong: str) -> None:
    nonsense: dict[str, Any] = {wrong: ["nonsense"]}

    with pytest.raises(InvalidError):
        make.key(alice, **nonsense)


def test_refusals_are_on_the_record_once_a_minute(alice: User) -> None:
    full = make.key(alice, allowed_ips=["10.0.0.1"])

    for _ in range(3):
        with pytest.raises(identity.BadCredentialsError):
            who(full)

    refused = AuditEvent.objects.get(outcome="refused")
    assert refused.actor == f"key:{full[3:15]}"
    assert refused.details["reason"] == "address not allowed"


def test_a_use_that_cannot_be_noted_does_not_refuse_the_key(
    alice: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> int:
        raise InterfaceError

    full = make.key(alice)
    monkeypatch.setattr(QuerySet, "update", fail)

    with caplog.at_level(logging.WARNING):
        assert who(full) == alice.pk
    assert "Could not note a key's use" in caplog.text


def test_a_key_is_bound_to_so_many_addresses_at_most(alice: User) -> None:
    with pytest.raises(InvalidError):
        make.key(alice, allowed_ips=["203.0.113.9"] * 51)


@pytest.mark.parametrize(
    ("later", "state"), [({}, "active"), ({"days": 91}, "expired")], ids=["now", "later"]
)
def test_a_key_tells_its_state(alice: User, later: dict[str, int], state: str) -> None:
    make.key(alice)

    [info] = identity.list_keys(user_id=alice.pk)

    assert info.state(timezone.now() + timedelta(**later)) == state
    assert identity.list_keys() == [info]
