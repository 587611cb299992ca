"""Whom a public id, an account or a name means in a community."""

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from identity import api as identity
from identity.models import Community, User
from identity.operations.merging import absorb_staged
from tests import make


@pytest.fixture
def bob(rookery: Community) -> User:
    """Return somebody seen in the rookery, who has no account."""
    return seen(rookery, "42", "bob")


def seen(place: Community, account_id: str, name: str, **rest: str) -> User:
    person = identity.resolve(
        platform="twitch",
        platform_user_id=account_id,
        user_name=name,
        seen_in=place.pk,
        **rest,  # type: ignore[arg-type]
    )
    assert person is not None
    return User.objects.get(pk=person.id)


def found(place: Community, *references: str) -> dict[str, int]:
    return identity.find_people(community_id=place.pk, references=references)


def called(place: Community, name: str, platform: str = "twitch") -> list[str]:
    people = identity.people_called(community_id=place.pk, platform=platform, user_name=name)
    return [each.account for each in people]


def test_a_public_id_and_an_account_mean_the_same_person(rookery: Community, bob: User) -> None:
    assert found(rookery, bob.public_id, "twitch:42") == {
        bob.public_id: bob.pk,
        "twitch:42": bob.pk,
    }


def test_whoever_was_merged_is_their_survivor(rookery: Community, alice: User, bob: User) -> None:
    absorb_staged(survivor_id=alice.pk, absorbed_id=bob.pk, actor="system", now=timezone.now())

    assert set(found(rookery, bob.public_id, "twitch:42").values()) == {alice.pk}


def test_those_the_community_has_never_seen_are_nobody(rookery: Community, bob: User) -> None:
    elsewhere = make.community(owner=make.user("carol"))

    assert found(elsewhere, bob.public_id, "twitch:42") == {}
    assert called(elsewhere, "bob") == []


@pytest.mark.parametrize(
    "reference", ["", ":", "u_nobody", "twitch:", ":42", "discord:42", "\0", "twitch:4\0002", "🐧"]
)
def test_what_means_nobody_is_left_out(rookery: Community, bob: User, reference: str) -> None:
    assert found(rookery, reference) == {}
    assert called(rookery, reference) == []


def test_a_thousand_are_found_by_one_statement(
    rookery: Community, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    references = ["twitch:42", *(f"discord:{number}" for number in range(999))]

    with django_assert_num_queries(1):
        assert found(rookery, *references) == {"twitch:42": bob.pk}


def test_a_name_is_found_in_any_case_on_its_platform(rookery: Community, bob: User) -> None:
    assert called(rookery, "Bob") == ["twitch:42"]
    assert called(rookery, "bob", "discord") == []


def test_all_who_go_by_a_name_are_told_the_best_known_first(rookery: Community, bob: User) -> None:
    other = seen(rookery, "77", "bob", display_name="Bob")
    rookery.membership_set.filter(user=other).update(reputation=5)

    assert called(rookery, "bob") == ["twitch:77", "twitch:42"]


def test_in_chat_nobody_is_called_by_their_login_name(rookery: Community, bob: User) -> None:
    carol = make.user("login-of-carol")
    dave = make.user("login-of-dave", display_name="Dave")

    names = identity.names_here(user_ids=[bob.pk, carol.pk, dave.pk], platform="twitch")

    assert names == {bob.pk: "bob", carol.pk: "somebody", dave.pk: "Dave"}
