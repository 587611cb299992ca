"""Answers to searches are remembered, and never longer than they are true."""

from datetime import timedelta
from typing import Any

import pytest
import redis
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from identity.models import Community, User
from labels import api as labels
from labels.models import Label, UserLabel
from labels.queries.searching import Asked, search, shelf
from tests import make
from tests.client import Api
from tests.labels.test_search import label, names, pin

ONE_FOR_THE_VERSION = 1


@pytest.fixture
def vip(rookery: Community, alice: User) -> Label:
    row = label(rookery, "vip")
    pin(row, alice)
    return row


@pytest.fixture(autouse=True)
def _nothing_is_kept() -> None:
    forget_here()


def forget_here() -> None:
    shelf._own[:] = [None] * shelf.PLACES


def redis_is_away(*_: Any) -> None:
    raise redis.ConnectionError


@pytest.mark.parametrize("is_in", ["this process", "Redis"])
def test_the_same_question_is_asked_of_the_tables_once(
    api: Api, vip: Label, is_in: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert names(api, "labels=vip") == ["Alice"]
    if is_in == "Redis":
        forget_here()

    with django_assert_num_queries(ONE_FOR_THE_VERSION):
        assert names(api, "labels=vip") == ["Alice"]


def test_a_change_is_seen_at_once(api: Api, rookery: Community, alice: User, vip: Label) -> None:
    bob = make.member(rookery, make.user("bob", display_name="Bob"))
    assert names(api, "labels=vip") == ["Alice"]

    labels.give(community_id=rookery.pk, user_id=bob.pk, name="vip")
    assert names(api, "labels=vip") == ["Alice", "Bob"]

    labels.take(community_id=rookery.pk, user_id=alice.pk, name="vip")
    assert names(api, "labels=vip") == ["Bob"]


def test_a_label_called_otherwise_or_removed_is_seen_at_once(api: Api, vip: Label) -> None:
    assert names(api, "labels=vip") == ["Alice"]

    api.patch(f"/labels/v1/labels/{vip.pk}", {"name": "star"})
    assert names(api, "labels=vip") == []
    assert names(api, "labels=star") == ["Alice"]

    api.delete(f"/labels/v1/labels/{vip.pk}?confirm=star")
    assert names(api, "labels=star") == []


def test_a_label_of_the_systems_is_seen_at_once(api: Api, rookery: Community, alice: User) -> None:
    assert names(api, "") == []

    pin(label(None, "waddlebot/verified"), alice)

    assert names(api, "") == ["Alice"]


@pytest.mark.parametrize("edge", ["valid_from", "valid_until"])
def test_what_begins_or_ends_by_itself_does_so_to_the_second(
    rookery: Community, alice: User, vip: Label, edge: str
) -> None:
    now = timezone.now()
    moment = now + timedelta(seconds=60)
    bob = make.member(rookery, make.user("bob"))
    pin(vip, bob, **{edge: moment})
    asked = Asked(rookery.pk, labels=("vip",))

    before = search(asked, now=moment - timedelta(microseconds=1))
    after = search(asked, now=moment)

    assert (bob.public_id in before.results.decode()) is (edge == "valid_until")
    assert (bob.public_id in after.results.decode()) is (edge == "valid_from")


def test_an_answer_is_not_kept_for_longer_than_everything_else(
    rookery: Community, vip: Label
) -> None:
    now, asked = timezone.now(), Asked(rookery.pk, labels=("vip",))
    assert search(asked, now=now).results != b"[]"
    # Nobody said so: a mistake of ours would be mended by time.
    UserLabel.objects.update(ended_at=now, ended_because="taken")

    assert search(asked, now=now + timedelta(seconds=299)).results != b"[]"
    assert search(asked, now=now + timedelta(seconds=301)).results == b"[]"


def test_without_redis_this_process_remembers(
    api: Api,
    vip: Label,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(shelf, "call", redis_is_away)
    assert names(api, "labels=vip") == ["Alice"]

    with django_assert_num_queries(ONE_FOR_THE_VERSION):
        assert names(api, "labels=vip") == ["Alice"]


def test_what_changed_while_redis_was_away_is_not_what_it_kept(
    api: Api, rookery: Community, alice: User, vip: Label, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert names(api, "labels=vip") == ["Alice"]

    with monkeypatch.context() as patch:
        patch.setattr(shelf, "call", redis_is_away)
        labels.take(community_id=rookery.pk, user_id=alice.pk, name="vip")
    forget_here()

    assert names(api, "labels=vip") == []


def test_an_answer_that_is_too_large_is_not_kept(
    api: Api, vip: Label, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "LARGEST", 10)

    names(api, "labels=vip")

    assert shelf._own.count(None) == shelf.PLACES
