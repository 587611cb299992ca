"""Many writers at once, on real PostgreSQL."""

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from identity import api as identity
from identity.models import Community, User
from identity.operations.merging import confirm_merge, make_merge_code, preview_merge
from labels.data import Giver, Kind, Pin, Result
from labels.models import Label, LabelSettings, UserLabel
from labels.operations.assigning import assign, remove, single
from tests import make
from tests.identity.parallel import at_once
from tests.labels.crossing import crossing
from waddlebot.lib import locks

pytestmark = pytest.mark.django_db(transaction=True)


def call(
    function: Callable[..., list[Result]], place: Community, *pins: Pin
) -> Callable[[], list[Result]]:
    return partial(
        function,
        community_id=place.pk,
        kind=Kind.USER,
        pins=pins,
        giver=Giver("user:1"),
        now=timezone.now(),
    )


def labels(place: Community, *names: str, exclusive: bool = False) -> list[Label]:
    return [
        Label.objects.create(community=place, name=name, exclusive=exclusive) for name in names
    ]


def said(results: list[list[Result]]) -> Counter[str]:
    return Counter(each.code or each.status.value for some in results for each in some)


def test_of_exclusive_siblings_given_at_once_one_is_left(rookery: Community, alice: User) -> None:
    tiers = labels(rookery, *(f"tier/{n}" for n in range(8)), exclusive=True)

    results = at_once(*[call(assign, rookery, Pin(tier.pk, alice.pk)) for tier in tiers])

    assert said(results) == {"created": 1, "replaced": 7}
    assert UserLabel.objects.filter(ended_at=None).count() == 1


def test_the_same_label_given_at_once_is_given_once(rookery: Community, alice: User) -> None:
    (vip,) = labels(rookery, "vip")

    results = at_once(*[call(assign, rookery, Pin(vip.pk, alice.pk))] * 8)
    assert said(results) == {"created": 1, "unchanged": 7}

    results = at_once(*[call(remove, rookery, Pin(vip.pk, alice.pk))] * 8)
    assert said(results) == {"removed": 1, "unchanged": 7}


def test_those_who_give_at_once_do_not_exceed_the_quota(rookery: Community, alice: User) -> None:
    LabelSettings.objects.create(community=rookery, max_per_object=3)
    many = labels(rookery, *"abcdefgh")

    results = at_once(*[call(assign, rookery, Pin(each.pk, alice.pk)) for each in many])

    assert said(results) == {"created": 3, "quota_exceeded": 5}


def test_lists_in_any_order_do_not_stop_each_other(rookery: Community) -> None:
    people = [make.user() for _ in range(20)]
    (vip,) = labels(rookery, "vip")
    elsewhere = make.community(owner=people[0])
    (star,) = labels(elsewhere, "star")
    ways = [
        call(assign, place, *(Pin(label.pk, person.pk) for person in some))
        for place, label in ((rookery, vip), (elsewhere, star))
        for some in (people, people[::-1]) * 2
    ]

    results = at_once(*ways)

    assert said(results) == {"created": 40, "unchanged": 120}


@pytest.mark.parametrize("round_", range(3))
def test_a_label_given_during_a_merge_is_the_survivors(round_: int, rookery: Community) -> None:
    bob, old = make.user("bob"), make.user("old")
    vip, star = labels(rookery, "vip", "star")
    call(assign, rookery, Pin(star.pk, old.pk))()
    code = make_merge_code(user_id=old.pk, address="", actor="system", now=timezone.now()).code
    now = timezone.now()
    seen = preview_merge(survivor_id=bob.pk, code=code, actor="system", now=now)
    merge = partial(confirm_merge, merge_id=seen.pk, actor="system", now=now)

    at_once(
        merge,
        call(assign, rookery, Pin(vip.pk, old.pk), Pin(star.pk, bob.pk)),
        call(assign, rookery, Pin(vip.pk, bob.pk)),
    )

    held = UserLabel.objects.filter(ended_at=None).values_list("label__name", "user")
    assert sorted(held) == [("star", bob.pk), ("vip", bob.pk)]


def test_nobody_is_erased_while_they_are_held(alice: User) -> None:
    def may_be_erased() -> bool:
        with transaction.atomic():
            free = User.objects.select_for_update(skip_locked=True)
            return free.filter(pk=alice.pk).exists()

    with transaction.atomic():
        assert identity.hold_people([alice.pk]) == {alice.pk: alice.pk}
        assert at_once(may_be_erased) == [False]

    assert may_be_erased()


def test_a_label_made_by_giving_it_stands_in_nobodys_way(rookery: Community, alice: User) -> None:
    give = transaction.atomic(partial(single.give, community_id=rookery.pk, user_id=alice.pk))

    crossing(
        lambda: User.objects.select_for_update().get(pk=alice.pk),
        partial(give, name="fresh"),
        lambda: locks.hold("labels", rookery.pk),
    )

    assert UserLabel.objects.get().label.name == "fresh"
