"""Many at once, on real PostgreSQL: two accounts become one once, and are parted once."""

from functools import partial

import pytest
from django.utils import timezone

from identity.models import AccountMerge, User
from identity.operations.merging import confirm_merge, make_merge_code, preview_merge, undo_merge
from tests import make
from tests.identity.parallel import at_once, refusals

pytestmark = pytest.mark.django_db(transaction=True)


def code_for(user: User) -> str:
    return make_merge_code(user_id=user.pk, address="", actor="system", now=timezone.now()).code


def look(survivor: User, code: str) -> AccountMerge:
    return preview_merge(survivor_id=survivor.pk, code=code, actor="system", now=timezone.now())


def test_of_fifty_who_use_a_code_at_once_one_does() -> None:
    code, askers = code_for(make.user("bob")), [make.user() for _ in range(50)]

    results = at_once(*[partial(look, asker, code) for asker in askers])

    assert refusals(results) == ["code_invalid"] * 49
    assert AccountMerge.objects.count() == 1


def test_of_fifty_wrong_codes_at_once_five_are_looked_at() -> None:
    alice = make.user("alice")

    results = at_once(*[partial(look, alice, "AAAAAA")] * 50)

    assert sorted(refusals(results)) == ["code_invalid"] * 5 + ["too_many_attempts"] * 45


@pytest.mark.parametrize("round_", range(3))
def test_of_fifty_confirmations_and_undoings_at_once_one_does(round_: int) -> None:
    alice, bob = make.user("alice"), make.user("bob")
    seen = look(alice, code_for(bob))
    confirm = partial(confirm_merge, merge_id=seen.pk, actor="system", now=timezone.now())
    undo = partial(undo_merge, merge_id=seen.pk, actor="system", now=timezone.now())

    assert refusals(at_once(*[confirm] * 50)) == ["merge_not_open"] * 49
    assert refusals(at_once(*[undo] * 50)) == ["merge_not_open"] * 49
    assert User.objects.filter(merged_into=None, is_active=True).count() == 2


@pytest.mark.parametrize("round_", range(5))
def test_of_two_who_absorb_each_other_at_once_one_does(round_: int) -> None:
    alice, bob = make.user("alice"), make.user("bob")
    seen = [look(alice, code_for(bob)), look(bob, code_for(alice))]

    results = at_once(
        *[
            partial(confirm_merge, merge_id=each.pk, actor="system", now=timezone.now())
            for each in seen
        ]
    )

    assert refusals(results) == ["merge_not_open"]
    assert User.objects.filter(merged_into=None).count() == 1
