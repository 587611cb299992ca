from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from identity.models import AuditEvent, Community, User
from labels import api as labels
from tests import make
from waddlebot.lib.errors import InvalidError


def names(place: Community, person: User, **later: int) -> frozenset[str]:
    now = timezone.now() + timedelta(**later)
    return labels.names_of(community_id=place.pk, user_id=person.pk, now=now)


def test_a_given_label_is_held_until_it_is_taken(rookery: Community, alice: User) -> None:
    labels.give(community_id=rookery.pk, user_id=alice.pk, name="vip")
    assert names(rookery, alice) == {"vip"}

    labels.take(community_id=rookery.pk, user_id=alice.pk, name="vip")
    assert names(rookery, alice) == frozenset()


def test_a_label_ends_to_the_second_though_it_is_remembered(
    rookery: Community, alice: User
) -> None:
    until = timezone.now() + timedelta(seconds=60)
    labels.give(community_id=rookery.pk, user_id=alice.pk, name="vip", valid_until=until)
    labels.give(community_id=rookery.pk, user_id=alice.pk, name="regular")

    assert names(rookery, alice, seconds=59) == {"vip", "regular"}
    assert names(rookery, alice, seconds=61) == {"regular"}


def test_what_somebody_holds_is_asked_of_the_database_once(
    rookery: Community, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    names(rookery, alice)

    with django_assert_num_queries(0):
        names(rookery, alice)


def test_a_label_of_one_community_is_none_in_another(rookery: Community, alice: User) -> None:
    elsewhere = make.community(owner=alice)
    labels.give(community_id=elsewhere.pk, user_id=alice.pk, name="vip")

    assert names(rookery, alice) == frozenset()


def test_giving_a_label_twice_keeps_one_with_the_later_end(
    rookery: Community, alice: User
) -> None:
    soon = timezone.now() + timedelta(seconds=5)
    labels.give(community_id=rookery.pk, user_id=alice.pk, name="vip", valid_until=soon)
    labels.give(community_id=rookery.pk, user_id=alice.pk, name="vip")

    assert names(rookery, alice, days=300) == {"vip"}


@pytest.mark.parametrize("name", ["", "two words", "/gold", "a\x00b", "x" * 51])
def test_a_malformed_label_is_refused(rookery: Community, alice: User, name: str) -> None:
    with pytest.raises(InvalidError):
        labels.give(community_id=rookery.pk, user_id=alice.pk, name=name)

    assert names(rookery, alice) == frozenset()


def test_giving_and_taking_are_on_the_record(rookery: Community, alice: User) -> None:
    labels.give(community_id=rookery.pk, user_id=alice.pk, name="vip", actor="user:1")
    labels.take(community_id=rookery.pk, user_id=alice.pk, name="vip", actor="user:1")
    labels.take(community_id=rookery.pk, user_id=alice.pk, name="vip", actor="user:1")

    actions = AuditEvent.objects.filter(action__startswith="label_").order_by("id")
    assert [event.action for event in actions] == ["label_given", "label_taken"]
