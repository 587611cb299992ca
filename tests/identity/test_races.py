"""Many at once, on real PostgreSQL: one wins, and nothing is half done."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from identity import api as identity
from identity.data import Person, Role
from identity.models import ApiKey, IdentityLink, Membership, User
from identity.queries import audit_events, prove
from tests import make
from tests.identity.parallel import at_once, refusals

pytestmark = pytest.mark.django_db(transaction=True)


def see(name: str) -> Person | None:
    return identity.resolve(platform="twitch", platform_user_id="42", user_name=name)


def test_fifty_who_see_a_new_chatter_get_the_same_person() -> None:
    people = at_once(*[partial(see, "bob")] * 50)

    assert len({person.id for person in people}) == 1
    assert User.objects.count() == IdentityLink.objects.count() == 1


def test_of_fifty_uses_of_a_login_link_one_signs_in() -> None:
    bob = make.user("bob")
    token = identity.login_link(user_id=bob.pk)
    use = partial(identity.consume_login_token, token, now=timezone.now())

    results = at_once(*[use] * 50)

    assert results.count(bob.pk) == 1
    assert refusals(results) == ["login_link_invalid"] * 49


@pytest.mark.parametrize("round_", range(10))
def test_of_rotate_and_revoke_at_once_one_wins(round_: int) -> None:
    make.key(make.user("bob"))
    key, now = ApiKey.objects.get(), timezone.now()

    results = at_once(
        partial(identity.rotate_key, pk=key.pk, overlap_s=0, now=now),
        partial(identity.revoke_key, pk=key.pk, now=now),
    )

    assert refusals(results) == ["key_inactive"]
    was_revoked = results[1] is None
    assert ApiKey.objects.filter(revoked_at=None).count() == (0 if was_revoked else 1)


def test_of_ten_rotations_at_once_one_makes_a_successor() -> None:
    make.key(make.user("bob"))
    key, now = ApiKey.objects.get(), timezone.now()
    rotate = partial(identity.rotate_key, pk=key.pk, overlap_s=60, now=now)

    results = at_once(*[rotate] * 10)

    assert refusals(results) == ["key_inactive"] * 9
    assert ApiKey.objects.count() == 2


def test_twenty_keys_made_at_once_are_five() -> None:
    bob = make.user("bob")
    create = partial(
        identity.create_key, user_id=bob.pk, name="k", scopes=["router:read"], limited=True
    )

    results = at_once(*[create] * 20)

    assert refusals(results) == ["too_many_keys"] * 15
    assert ApiKey.objects.count() == 5


@pytest.mark.parametrize("round_", range(10))
def test_two_owners_who_leave_at_once_leave_one_behind(round_: int) -> None:
    bob, carol = make.user("bob"), make.user("carol")
    place = make.community(owner=bob)
    make.member(place, carol, Role.OWNER)
    leave = partial(identity.set_role, community_id=place.pk, role=Role.NONE, now=timezone.now())

    results = at_once(partial(leave, user_id=bob.pk), partial(leave, user_id=carol.pk))

    assert refusals(results) == ["last_owner"]
    assert Membership.objects.of_members().get().role == Role.OWNER


def test_of_twenty_communities_of_one_slug_one_is_made() -> None:
    bob = make.user("bob")
    create = partial(
        identity.create_community, name="R", slug="r", owner_id=bob.pk, now=timezone.now()
    )

    results = at_once(*[create] * 20)

    assert refusals(results) == ["slug_taken"] * 19


def test_eight_who_write_the_audit_log_at_once_keep_its_chain() -> None:
    def write() -> None:
        for number in range(20):
            identity.record(category="system", action=f"try-{number}", now=timezone.now())

    at_once(*[write] * 8)

    proof = prove(audit_events(None).order_by("id").iterator())
    assert (proof.rows, proof.broken_id) == (160, None)


def test_a_day_that_ends_under_way_is_chained_to_the_next() -> None:
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)

    def write(offset: int) -> None:
        moment = midnight + timedelta(seconds=offset)
        identity.record(category="system", action="tick", now=moment)

    at_once(*[partial(write, offset) for offset in range(-10, 10)])

    proof = prove(audit_events(None).order_by("id").iterator())
    assert (proof.rows, proof.broken_id) == (20, None)
