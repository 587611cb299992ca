"""Somebody first seen in chat is taken in by the account that turns out to be theirs."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core_router.modules.quote.operations import add_quote
from identity import api as identity
from identity.data import Person, Role
from identity.models import (
    AccountMerge,
    AuditEvent,
    Community,
    IdentityLink,
    Membership,
    ReputationDay,
    User,
)
from identity.operations.linking import link_account
from identity.operations.merging import NotStagedError, absorb_staged, undo_merge
from identity.queries import ids_of
from identity.queries.links import links_seen_by
from labels import api as labels
from tests import make
from tests.client import Api
from tests.identity.parallel import at_once, refusals
from waddlebot.lib.errors import DomainError

NOW = timezone.now()


@pytest.fixture
def bob(rookery: Community) -> Person:
    """Return somebody seen in the rookery, who has no account."""
    person = identity.resolve(
        platform="twitch", platform_user_id="42", user_name="bob", seen_in=rookery.pk
    )
    assert person is not None
    return person


def label(place: Community, user_id: int, name: str, until_days: int | None = None) -> None:
    until = None if until_days is None else NOW + timedelta(days=until_days)
    labels.give(community_id=place.pk, user_id=user_id, name=name, valid_until=until)


def held(place: Community, user_id: int, in_days: int = 0) -> set[str]:
    moment = NOW + timedelta(days=in_days, seconds=1)
    return set(labels.names_of(community_id=place.pk, user_id=user_id, now=moment))


def absorb(survivor_id: int, absorbed_id: int) -> None:
    absorb_staged(survivor_id=survivor_id, absorbed_id=absorbed_id, actor="system", now=NOW)


def test_their_account_is_the_survivors_from_then_on(alice: User, bob: Person) -> None:
    absorb(alice.pk, bob.id)

    seen = identity.resolve(platform="twitch", platform_user_id="42", user_name="bob")
    assert seen is not None
    assert seen.id == alice.pk


def test_they_answer_as_the_survivor_everywhere(api: Api, alice: User, bob: Person) -> None:
    absorb(alice.pk, bob.id)

    assert api.get(f"/identity/v1/users/{bob.public_id}").json()["id"] == alice.public_id
    found = [
        identity.person_by_id(bob.id),
        identity.person_by_public_id(bob.public_id),
        identity.person_by_username(bob.public_id),
    ]
    assert [person.id for person in found if person] == [alice.pk] * 3
    assert ids_of(alice.pk) == (alice.pk, bob.id)


def test_a_member_is_found_by_the_id_they_had(
    api: Api, rookery: Community, alice: User, bob: Person
) -> None:
    carol = make.member(rookery, make.user("carol"))
    absorb(carol.pk, bob.id)

    answer = api.patch(
        f"/identity/v1/communities/rookery/members/{bob.public_id}", {"role": "moderator"}
    )

    assert (answer.status_code, answer.json()["user"]["id"]) == (200, carol.public_id)


def test_labels_are_united_and_the_longest_validity_stays(
    rookery: Community, alice: User, bob: Person
) -> None:
    label(rookery, alice.pk, "both", until_days=1)
    label(rookery, bob.id, "both", until_days=9)
    label(rookery, alice.pk, "lasting")
    label(rookery, bob.id, "lasting", until_days=1)
    label(rookery, bob.id, "his")
    assert held(rookery, alice.pk, in_days=5) == {"lasting"}

    absorb(alice.pk, bob.id)

    assert held(rookery, alice.pk, in_days=5) == {"both", "lasting", "his"}
    assert held(rookery, alice.pk, in_days=10) == {"lasting", "his"}
    assert held(rookery, bob.id) == set()


def test_reputation_is_summed_and_the_higher_role_stays(
    rookery: Community, alice: User, bob: Person
) -> None:
    Membership.objects.filter(user_id=alice.pk).update(reputation=40)
    Membership.objects.filter(user_id=bob.id).update(reputation=2)
    day = {"community": rookery, "day": NOW.date(), "reason": "chatMessage"}
    ReputationDay.objects.create(user_id=alice.pk, events=8, points=40, **day)
    ReputationDay.objects.create(user_id=bob.id, events=1, points=2, **day)

    absorb(alice.pk, bob.id)

    mine = Membership.objects.get()
    assert (mine.user_id, mine.role, mine.reputation) == (alice.pk, Role.OWNER, 42)
    history = ReputationDay.objects.get()
    assert (history.user_id, history.events, history.points) == (alice.pk, 9, 42)


def test_their_place_in_a_community_comes_with_them(alice: User, bob: Person) -> None:
    elsewhere = make.community(owner=make.user("carol"))
    make.member(elsewhere, User.objects.get(pk=bob.id), Role.MODERATOR)
    assert identity.role_in(community_id=elsewhere.pk, user_id=alice.pk) is Role.NONE

    absorb(alice.pk, bob.id)

    assert identity.role_in(community_id=elsewhere.pk, user_id=alice.pk) is Role.MODERATOR
    assert identity.role_in(community_id=elsewhere.pk, user_id=bob.id) is Role.NONE


def test_their_quotes_and_keys_come_with_them(
    rookery: Community, alice: User, bob: Person
) -> None:
    quote = add_quote(community_id=rookery.pk, text="Hm.", user_id=bob.id, now=NOW)
    key = Api(make.key(User.objects.get(pk=bob.id), scopes=["identity:read"]))
    assert key.get("/identity/v1/me").json()["id"] == bob.public_id

    absorb(alice.pk, bob.id)

    quote.refresh_from_db()
    assert quote.added_by_id == alice.pk
    assert key.get("/identity/v1/me").json()["id"] == alice.public_id


def test_it_is_on_the_record_by_numbers_alone(alice: User, bob: Person) -> None:
    absorb(alice.pk, bob.id)

    event = AuditEvent.objects.get(action="merged")
    both = sorted([f"user:{alice.pk}", f"user:{bob.id}"])
    assert sorted(event.details["before"]["people"]) == both
    assert event.details["after"] == {"people": [f"user:{alice.pk}"]}
    assert "bob" not in str(event.details)


def test_only_somebody_staged_is_absorbed_and_only_once(alice: User, bob: Person) -> None:
    carol = make.user("carol")
    with pytest.raises(NotStagedError):
        absorb(alice.pk, carol.pk)

    absorb(alice.pk, bob.id)
    with pytest.raises(NotStagedError):
        absorb(carol.pk, bob.id)
    with pytest.raises(NotStagedError):
        absorb(bob.id, alice.pk)


def link_bob(alice: User) -> IdentityLink:
    return link_account(
        user_id=alice.pk,
        platform="twitch",
        platform_user_id="42",
        user_name="bob",
        method="chat",
        actor="system",
        now=NOW,
    )


def test_linked_by_mistake_they_go_back_to_being_nobody_known(
    rookery: Community, alice: User, bob: Person
) -> None:
    alice.set_password("correct horse")
    alice.save()
    label(rookery, bob.id, "his")
    link = link_bob(alice)
    assert (link.user_id, held(rookery, alice.pk)) == (alice.pk, {"his"})

    undo_merge(merge_id=AccountMerge.objects.get().pk, actor="system", now=NOW)

    link.refresh_from_db()
    assert (link.user_id, link.verified_at, held(rookery, bob.id)) == (bob.id, None, {"his"})
    assert not links_seen_by(alice.pk, now=NOW).exists()


def test_what_is_the_last_way_in_does_not_go_back(alice: User, bob: Person) -> None:
    link = link_bob(alice)

    with pytest.raises(DomainError) as refusal:
        undo_merge(merge_id=AccountMerge.objects.get().pk, actor="system", now=NOW)

    assert refusal.value.code == "last_login_method"
    link.refresh_from_db()
    assert link.user_id == alice.pk


def test_more_rows_cost_no_more_statements(rookery: Community, alice: User) -> None:
    costs = []
    for platform, count in (("discord", 1), ("slack", 20)):
        person = identity.resolve(platform=platform, platform_user_id="7", user_name="eve")
        assert person is not None
        for number in range(count):
            label(rookery, person.id, f"{platform}{number}")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            absorb(alice.pk, person.id)
        costs.append(len(asked))

    assert costs[0] == costs[1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_of_fifty_who_absorb_somebody_at_once_one_does(round_: int) -> None:
    carol, dave = make.user("carol"), make.user("dave")
    bob = identity.resolve(platform="twitch", platform_user_id="42", user_name="bob")
    assert bob is not None

    results = at_once(*[partial(absorb, carol.pk, bob.id), partial(absorb, dave.pk, bob.id)] * 25)

    assert refusals(results) == ["not_staged"] * 49
    merge = AccountMerge.objects.get()
    seen = identity.resolve(platform="twitch", platform_user_id="42", user_name="bob")
    assert seen is not None
    assert merge.survivor_id == seen.id
