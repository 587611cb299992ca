import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from identity import api as identity
from identity.data import Person
from identity.models import IdentityLink, User


def see(name: str = "bob", display_name: str = "", *, create: bool = True) -> Person | None:
    return identity.resolve(
        platform="twitch",
        platform_user_id="42",
        user_name=name,
        display_name=display_name,
        create=create,
    )


@pytest.mark.django_db
def test_somebody_first_seen_in_chat_becomes_a_staged_person() -> None:
    person = see("bob", "Bob")

    assert person is not None
    assert (person.name, person.is_staged, person.is_staff) == ("Bob", True, False)
    assert not User.objects.get(pk=person.id).has_usable_password()


@pytest.mark.django_db
def test_somebody_seen_before_costs_no_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    first = see()

    with django_assert_num_queries(0):
        assert see() == first


@pytest.mark.django_db
def test_looking_makes_nobody() -> None:
    assert see(create=False) is None
    assert not User.objects.exists()


@pytest.mark.django_db
def test_somebody_met_by_another_process_is_found_though_looked_for_before() -> None:
    see(create=False)
    bob = User.objects.create_user("bob")
    IdentityLink.objects.create(
        user=bob, platform="twitch", platform_user_id="42", platform_username="bob"
    )

    person = see(create=False)

    assert person is not None
    assert person.id == bob.pk


@pytest.mark.django_db
def test_a_new_name_on_the_platform_is_remembered_once(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    first = see("bob", "Bob")
    second = see("robert", "Robert")

    assert first is not None
    assert second is not None
    assert (second.id, second.name) == (first.id, "Robert")
    see("robert", "Robert")
    with django_assert_num_queries(0):
        see("robert", "Robert")


@pytest.mark.django_db
def test_a_new_name_is_not_written_by_looking() -> None:
    see("bob")
    see("robert", create=False)

    assert IdentityLink.objects.get().platform_username == "bob"


@pytest.mark.django_db
def test_no_name_is_no_news() -> None:
    see("bob", "Bob")
    see("", "")

    link = IdentityLink.objects.get()
    assert (link.platform_username, link.display_name) == ("bob", "Bob")


@pytest.mark.django_db
def test_a_name_on_a_platform_does_not_rename_somebody_who_signs_in() -> None:
    alice = User.objects.create_user("alice", display_name="Alice")
    IdentityLink.objects.create(
        user=alice, platform="twitch", platform_user_id="42", platform_username="alice"
    )

    person = see("alice_live", "ALICE")

    assert person is not None
    assert person.name == "Alice"


@pytest.mark.django_db
def test_somebody_erased_since_they_were_looked_for_is_met_anew() -> None:
    before = see("bob")
    IdentityLink.objects.all().delete()

    after = see("bobby")

    assert before
    assert after
    assert before.id != after.id
    assert IdentityLink.objects.get().platform_username == "bobby"


@pytest.mark.django_db
def test_a_very_long_name_is_cut() -> None:
    person = see("b" * 500, "B" * 500)

    assert person is not None
    assert person.name == "B" * 100


@pytest.mark.django_db(transaction=True)
def test_a_person_whose_event_was_rolled_back_is_not_remembered() -> None:
    with transaction.atomic():
        see()
        transaction.set_rollback(True)

    person = see()
    assert person is not None
    assert User.objects.filter(pk=person.id).exists()


def test_people_are_found_by_id_by_public_id_and_by_name(alice: User) -> None:
    found = identity.person_by_id(alice.pk)

    assert found is not None
    assert identity.person_by_public_id(alice.public_id) == found
    assert identity.person_by_username("alice") == found
    assert identity.person_by_id(alice.pk + 10**6) is None


def test_what_changed_about_somebody_counts_at_once(alice: User) -> None:
    IdentityLink.objects.create(
        user=alice, platform="twitch", platform_user_id="42", platform_username="bob"
    )
    see()
    User.objects.update(is_staff=True)

    identity.forget_user(alice.pk)

    person = see()
    assert person is not None
    assert person.is_staff
