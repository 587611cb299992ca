"""What becomes of rows, by the rule their table is registered with."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core_router.modules.quote.models import Quote
from core_router.modules.quote.operations import add_quote
from identity import api as identity
from identity.data import Role
from identity.models import (
    AccountMerge,
    ApiKey,
    Community,
    Erasure,
    IdentityLink,
    Membership,
    ReputationDay,
    User,
)
from identity.operations.erasing import erase_due, request_erasure
from identity.operations.merging import (
    confirm_merge,
    gather_late_rows,
    make_merge_code,
    preview_merge,
    tidy_merges,
    undo_merge,
)
from identity.operations.merging.ledger import merged_tables
from identity.registry import PersonalTable, register
from labels import api as labels
from labels.models import UserLabel
from tests import make
from tests.identity.random_rows import Maker, dump

NOW = timezone.now()


@pytest.fixture
def bob(rookery: Community) -> User:
    return make.member(rookery, make.user("bob"))


def merge(survivor: User, absorbed: User, now: datetime = NOW) -> AccountMerge:
    made = make_merge_code(user_id=absorbed.pk, address="", actor="system", now=now)
    seen = preview_merge(survivor_id=survivor.pk, code=made.code, actor="system", now=now)
    return confirm_merge(merge_id=seen.pk, actor="system", now=now)


def undo(done: AccountMerge) -> None:
    undo_merge(merge_id=done.pk, actor="system", now=NOW)


def label(place: Community, who: User, name: str, until: datetime | None = None) -> None:
    labels.give(community_id=place.pk, user_id=who.pk, name=name, valid_until=until)


def held(place: Community, who: User, now: datetime = NOW) -> set[str]:
    return set(labels.names_of(community_id=place.pk, user_id=who.pk, now=now))


def role(place: Community, who: User) -> Role:
    return identity.role_in(community_id=place.pk, user_id=who.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(8))
def test_undoing_a_merge_leaves_everything_as_it_was(seed: int) -> None:
    maker, dave = Maker(seed), make.user("dave")
    carol = make.user("carol", password="correct horse battery")
    for entry in merged_tables():
        for person in (carol, dave):
            maker.fill(entry, person.pk, maker.random.randrange(12))
    made = make_merge_code(user_id=dave.pk, address="", actor="system", now=NOW)
    seen = preview_merge(survivor_id=carol.pk, code=made.code, actor="system", now=NOW)
    before = dump()

    done = confirm_merge(merge_id=seen.pk, actor="system", now=NOW)
    merged = dump()
    undo(done)

    assert merged != before
    assert dump() == before


@pytest.mark.parametrize("entry", merged_tables(), ids=lambda entry: entry.name)
def test_nothing_of_the_absorbed_is_left_behind(entry: PersonalTable, alice: User) -> None:
    bob, maker = make.user("bob"), Maker(1)
    maker.fill(entry, alice.pk, 6)
    maker.fill(entry, bob.pk, 6)
    rows = entry.model._base_manager.all()
    assert rows.filter(**{entry.column: bob.pk}).exists()

    done = merge(alice, bob)

    assert not rows.filter(**{entry.column: bob.pk}).exists()
    (move,) = [each for each in done.moves if each["table"] == entry.name]
    assert move["rows"] > 0


def test_what_the_preview_counts_is_what_moves(alice: User, rookery: Community, bob: User) -> None:
    label(rookery, alice, "both")
    label(rookery, bob, "both")
    label(rookery, bob, "his")
    made = make_merge_code(user_id=bob.pk, address="", actor="system", now=NOW)
    seen = preview_merge(survivor_id=alice.pk, code=made.code, actor="system", now=NOW)

    done = confirm_merge(merge_id=seen.pk, actor="system", now=NOW)

    assert done.moves == seen.moves
    assert {"table": "user_labels", "rows": 2, "joined": 0} in done.moves


def test_roles_and_labels_part_again(alice: User, rookery: Community, bob: User) -> None:
    soon, late = NOW + timedelta(days=1), NOW + timedelta(days=9)
    label(rookery, alice, "both", soon)
    label(rookery, bob, "both", late)
    label(rookery, bob, "his")

    done = merge(bob, alice)
    assert (role(rookery, bob), held(rookery, bob, soon)) == (Role.OWNER, {"both", "his"})
    undo(done)

    assert (role(rookery, alice), role(rookery, bob)) == (Role.OWNER, Role.MEMBER)
    assert (held(rookery, alice), held(rookery, alice, soon)) == ({"both"}, set())
    assert held(rookery, bob, soon) == {"both", "his"}


def test_what_came_since_stays_the_survivors(alice: User, rookery: Community, bob: User) -> None:
    Membership.objects.filter(user=alice).update(reputation=40)
    Membership.objects.filter(user=bob).update(reputation=2)
    done = merge(alice, bob)

    Membership.objects.filter(user=alice).update(reputation=142)
    label(rookery, alice, "new")
    undo(done)

    earned = dict(Membership.objects.values_list("user_id", "reputation"))
    assert earned == {alice.pk: 140, bob.pk: 2}
    assert (held(rookery, alice), held(rookery, bob)) == ({"new"}, set())


def test_no_more_is_given_back_than_there_is(alice: User, rookery: Community, bob: User) -> None:
    day = {"community": rookery, "day": date(2026, 1, 1), "reason": "cheer"}
    ReputationDay.objects.create(user=alice, events=1, points=1, **day)
    ReputationDay.objects.create(user=bob, events=5, points=5, **day)
    done = merge(alice, bob)

    ReputationDay.objects.update(events=2, points=2)
    undo(done)

    counts = dict(ReputationDay.objects.values_list("user_id", "events"))
    assert counts == {alice.pk: 0, bob.pk: 5}


def test_what_was_taken_from_both_is_given_back_to_nobody(
    alice: User, rookery: Community, bob: User
) -> None:
    label(rookery, alice, "both")
    label(rookery, bob, "both")
    label(rookery, bob, "his")
    done = merge(alice, bob)

    for name in ("both", "his"):
        labels.take(community_id=rookery.pk, user_id=alice.pk, name=name)
    undo(done)

    assert held(rookery, alice) == held(rookery, bob) == set()


def test_a_role_lowered_since_does_not_come_back_by_an_undo(rookery: Community, bob: User) -> None:
    carol = make.member(rookery, make.user("carol"), Role.ADMIN)
    done = merge(bob, carol)
    assert role(rookery, bob) is Role.ADMIN

    make.member(rookery, bob, Role.MEMBER)
    undo(done)

    assert (role(rookery, bob), role(rookery, carol)) == (Role.MEMBER, Role.MEMBER)


def test_keys_quotes_and_accounts_go_back(alice: User, rookery: Community, bob: User) -> None:
    make.key(bob)
    add_quote(community_id=rookery.pk, text="Hm.", user_id=bob.pk, now=NOW)
    IdentityLink.objects.create(
        user=bob, platform="twitch", platform_user_id="42", platform_username="bob"
    )
    done = merge(alice, bob)
    assert ApiKey.objects.get().user_id == alice.pk
    undo(done)

    owners = {
        ApiKey.objects.get().user_id,
        Quote.objects.get().added_by_id,
        IdentityLink.objects.get().user_id,
    }
    assert owners == {bob.pk}
    seen = identity.resolve(platform="twitch", platform_user_id="42", user_name="bob")
    assert seen is not None
    assert seen.id == bob.pk


def test_rows_that_come_late_are_gathered_and_go_back_with_the_rest(
    alice: User, rookery: Community, bob: User
) -> None:
    label(rookery, bob, "his")
    before = dict(Membership.objects.values_list("user_id", "reputation"))
    done = merge(alice, bob)
    # A process that still knew bob by his old id writes under it.
    Membership.objects.create(community=rookery, user=bob, role=Role.NONE, reputation=5)
    label(rookery, bob, "his")

    assert gather_late_rows(now=NOW) == 1
    assert gather_late_rows(now=NOW) == 0
    assert Membership.objects.get().reputation == 5
    assert held(rookery, alice) == {"his"}
    undo(done)

    after = dict(Membership.objects.values_list("user_id", "reputation"))
    assert after == before | {bob.pk: 5}
    assert (held(rookery, alice), held(rookery, bob)) == (set(), {"his"})


def test_an_earlier_merge_is_undone_after_those_built_on_it(
    alice: User, rookery: Community, bob: User
) -> None:
    carol = make.member(rookery, make.user("carol"))
    dave = make.user("dave")
    first, second = merge(dave, bob), merge(dave, carol, NOW + timedelta(seconds=1))

    with pytest.raises(Exception, match="later merge"):
        undo(first)
    undo(second)
    undo(first)

    assert {role(rookery, each) for each in (bob, carol)} == {Role.MEMBER}
    assert role(rookery, dave) is Role.NONE


def test_a_chain_answers_as_its_end(alice: User, bob: User) -> None:
    carol = make.user("carol")
    first = merge(alice, bob)
    second = merge(carol, alice)

    assert identity.person_by_id(bob.pk) == identity.person_by_id(carol.pk)
    with pytest.raises(Exception, match="later merge"):
        undo(first)
    undo(second)
    undo(first)
    assert identity.person_by_id(bob.pk).id == bob.pk  # type: ignore[union-attr]


def test_a_ledger_is_emptied_when_the_merge_cannot_be_undone_any_more(
    alice: User, rookery: Community, bob: User
) -> None:
    done = merge(alice, bob)
    assert tidy_merges(now=NOW) == 0

    over = NOW + timedelta(days=30)
    assert tidy_merges(now=over) == 1
    assert tidy_merges(now=over) == 0
    done.refresh_from_db()
    assert (done.ledger, done.state) == ([], AccountMerge.State.DONE)


@pytest.fixture
def _only_some() -> Iterator[None]:
    """Register quotes anew, as a table of which only some rows take part."""
    from identity import registry  # noqa: PLC0415

    tables = dict(registry._tables)
    some: dict[str, Any] = {"where": {"number__gt": 1, "text__startswith": "M"}}
    registry._tables.pop("quotes.added_by_id")
    register(PersonalTable("quote", Quote, "added_by_id", **some))
    yield
    registry._tables.clear()
    registry._tables.update(tables)


@pytest.mark.usefixtures("_only_some")
def test_only_the_rows_a_table_names_take_part(alice: User, rookery: Community, bob: User) -> None:
    for text in ("Mine.", "Moved.", "Not."):
        add_quote(community_id=rookery.pk, text=text, user_id=bob.pk, now=NOW)

    merge(alice, bob)

    assert list(Quote.objects.filter(added_by=alice).values_list("number", flat=True)) == [2]


def test_a_table_with_secrets_cannot_be_one_whose_rows_are_joined() -> None:
    with pytest.raises(ValueError, match="holds secrets"):
        PersonalTable("x", UserLabel, unique_with=("label_id",), hidden=("given_at",))


def test_joined_rows_point_to_nothing_that_may_be_gone() -> None:
    for entry in (each for each in merged_tables() if each.unique_with):
        named = {entry.column, *entry.unique_with}
        keys = [field for field in entry.model._meta.concrete_fields if field.is_relation]
        assert {field.attname for field in keys} <= named, entry.name


def test_a_merge_is_as_many_statements_however_many_rows(rookery: Community, alice: User) -> None:
    costs = []
    for count in (1, 30):
        person = make.user()
        for number in range(count):
            label(rookery, person, f"{person.pk}.{number}")
        with CaptureQueriesContext(connection) as asked:
            merge(alice, person)
        costs.append(len(asked))

    assert costs[0] == costs[1]


@pytest.mark.parametrize("which", ["survivor", "absorbed"])
def test_who_is_erased_after_a_merge_takes_its_ledger_along(
    alice: User, rookery: Community, bob: User, which: str
) -> None:
    make.member(rookery, make.user("carol"), Role.OWNER)
    label(rookery, alice, "both")
    label(rookery, bob, "both")
    done = merge(bob, alice)
    if which == "absorbed":
        undo(done)
    leaving = bob if which == "survivor" else alice

    asked = request_erasure(user_id=leaving.pk, actor="system", now=NOW)
    erase_due(now=asked.due_at)

    assert not AccountMerge.objects.exists()
    asked.refresh_from_db()
    assert asked.state == Erasure.State.DONE
