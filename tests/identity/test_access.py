import pytest

from identity import api as identity
from identity.data import COLLECTOR_SCOPES, MIN_ROLE, Credential, Role, Scope
from identity.models import AuditEvent, Community, User
from tests import make
from waddlebot.lib.errors import DomainError


def asking(
    owner: User, *scopes: Scope, bound_to: Community | None = None, is_staff: bool = False
) -> Credential:
    return Credential(
        kind="key",
        user_id=owner.pk,
        is_staff=is_staff,
        scopes=frozenset(scopes or Scope),
        key_id="a" * 12,
        community_id=bound_to.pk if bound_to else None,
    )


def answer(credential: Credential, scope: Scope, place: Community | None) -> int:
    try:
        identity.require(credential, scope, place.pk if place else None)
    except DomainError as refusal:
        return refusal.status
    return 200


@pytest.mark.parametrize("scope", sorted(set(Scope) - {Scope.ADMIN}))
@pytest.mark.parametrize("role", [Role.MEMBER, Role.MODERATOR, Role.ADMIN, Role.OWNER])
def test_a_key_does_no_more_than_its_owners_place_allows(
    rookery: Community, scope: Scope, role: Role
) -> None:
    bob = make.member(rookery, make.user("bob"), role)

    expected = 200 if role >= MIN_ROLE[scope] else 403
    assert answer(asking(bob), scope, rookery) == expected


def test_a_key_without_the_scope_is_refused(rookery: Community, alice: User) -> None:
    assert answer(asking(alice, Scope.ROUTER_READ), Scope.ROUTER_MANAGE, rookery) == 403


def test_a_community_that_is_not_yours_looks_like_none(rookery: Community) -> None:
    stranger = make.user("mallory")

    assert answer(asking(stranger), Scope.ROUTER_READ, rookery) == 404
    assert answer(asking(stranger, Scope.LABELS_READ), Scope.ROUTER_READ, rookery) == 404


def test_a_bound_key_reaches_no_other_community_of_its_owner(
    rookery: Community, alice: User
) -> None:
    elsewhere = make.community(owner=alice)

    assert answer(asking(alice, bound_to=elsewhere), Scope.ROUTER_READ, rookery) == 404
    assert answer(asking(alice, bound_to=rookery), Scope.ROUTER_READ, rookery) == 200


def test_a_key_loses_what_its_owner_loses(rookery: Community) -> None:
    bob = make.member(rookery, make.user("bob"), Role.ADMIN)
    assert answer(asking(bob), Scope.EVENTS_WRITE, rookery) == 200

    make.member(rookery, bob, Role.MEMBER)
    assert answer(asking(bob), Scope.EVENTS_WRITE, rookery) == 403

    make.member(rookery, bob, Role.NONE)
    assert answer(asking(bob), Scope.EVENTS_WRITE, rookery) == 404


@pytest.mark.parametrize("scope", sorted(COLLECTOR_SCOPES))
def test_a_shared_collector_needs_an_owner_who_is_staff(
    rookery: Community, alice: User, scope: Scope
) -> None:
    assert answer(asking(alice), scope, None) == 403
    assert answer(asking(alice, is_staff=True), scope, None) == 200
    assert answer(asking(alice, bound_to=rookery), scope, None) == 200


def test_the_scope_admin_is_for_staff_and_for_no_community(
    rookery: Community, alice: User
) -> None:
    assert answer(asking(alice), Scope.ADMIN, None) == 403
    assert answer(asking(alice, is_staff=True), Scope.ADMIN, None) == 200
    assert answer(asking(alice, is_staff=True, bound_to=rookery), Scope.ADMIN, None) == 403


def test_a_refusal_is_on_the_record(rookery: Community) -> None:
    bob = make.member(rookery, make.user("bob"))
    for _ in range(5):
        answer(asking(bob), Scope.ROUTER_MANAGE, rookery)

    refused = AuditEvent.objects.get(category="authorization")
    assert (refused.outcome, refused.community_id) == ("refused", rookery.pk)
    assert "router:manage" in refused.details["reason"]
