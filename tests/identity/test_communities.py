from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from identity import api as identity
from identity.data import Role
from identity.models import Community, User
from identity.signals import community_created
from waddlebot.lib.errors import ConflictError, InvalidError


def create(owner_id: int, slug: str = "rook") -> int:
    place = identity.create_community(
        name="Rook", slug=slug, owner_id=owner_id, now=timezone.now()
    )
    return place.id


def test_what_cannot_be_added_to_a_new_community_takes_it_along(alice: User) -> None:
    def fail(**_: Any) -> None:
        raise ConflictError

    community_created.connect(fail)
    try:
        with pytest.raises(ConflictError):
            create(alice.pk)
    finally:
        community_created.disconnect(fail)

    assert not Community.objects.exists()


@pytest.mark.parametrize("slug", ["123", "Rook", "-rook"])
def test_a_malformed_slug_is_refused_by_the_database(alice: User, slug: str) -> None:
    with pytest.raises(InvalidError):
        create(alice.pk, slug)


def test_communities_and_roles_are_asked_of_the_database_once(
    rookery: Community, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def ask() -> tuple[Any, Any, Role]:
        return (
            identity.tenant("rookery"),
            identity.tenant_by_id(rookery.pk),
            identity.role_in(community_id=rookery.pk, user_id=alice.pk),
        )

    first = ask()

    with django_assert_num_queries(0):
        assert ask() == first
    assert first[0] == first[1]


def test_a_role_given_twice_changes_nothing(rookery: Community, alice: User) -> None:
    identity.set_role(
        community_id=rookery.pk, user_id=alice.pk, role=Role.OWNER, now=timezone.now()
    )

    assert identity.roles_of(alice.pk) == {rookery.pk: Role.OWNER}
