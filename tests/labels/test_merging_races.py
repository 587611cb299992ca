"""Many give and take labels of people who are merged and parted at the same moment."""

from collections.abc import Callable
from functools import partial
from random import Random

import pytest
from django.db.models import Count
from django.utils import timezone

from identity.models import AccountMerge, Community, User
from identity.operations.merging import absorb_staged, gather_late_rows, undo_merge
from labels.data import Giver, Kind, Pin
from labels.models import EntityGroup, GroupMember, Label, LabelSuppression, UserLabel
from labels.operations.assigning import assign, remove
from labels.operations.groups import GroupWish, add_group, add_members, remove_members
from tests import make
from tests.identity.parallel import at_once, refusals
from tests.labels.people import seen

pytestmark = pytest.mark.django_db(transaction=True)

NOW = timezone.now()
PAIRS = 12

Call = Callable[[], object]


class Town:
    """Accounts and people seen in chat who turn out to be theirs; labels, and a group."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - no secret hangs on it.
        self.place: Community = make.community(owner=make.user())
        people = [seen(self.place, f"seen{each}") for each in range(PAIRS)]
        accounts = [make.member(self.place, make.user(password="1")) for _ in people]
        self.pairs = [(mine.pk, theirs.id) for mine, theirs in zip(accounts, people, strict=True)]
        self.labels = [
            Label.objects.create(community=self.place, name=name, exclusive="/" in name)
            for name in ("vip", "tier/gold", "tier/silver")
        ]
        wish = GroupWish("shows")
        self.group: EntityGroup = add_group(
            community_id=self.place.pk, wish=wish, actor="system", now=NOW
        )

    def pins(self) -> list[Pin]:
        everybody = [person for pair in self.pairs for person in pair]
        pins = [Pin(self.random.choice(self.labels).pk, person) for person in everybody]
        return self.random.sample(pins, len(pins))

    def names(self) -> list[str]:
        ids = dict(User.objects.values_list("pk", "public_id"))
        return [ids[int(pin.target)] for pin in self.pins()]

    def writing(self) -> list[Call]:
        """Return what people do to labels, groups and each other's labels, in any order."""
        about = {"community_id": self.place.pk, "kind": Kind.USER, "giver": Giver("user:1")}
        to_group = {"row": self.group, "actor": "system", "now": NOW}
        return [
            *[partial(assign, pins=self.pins(), now=NOW, **about) for _ in range(4)],  # type: ignore[arg-type]
            *[partial(remove, pins=self.pins()[:9], now=NOW, **about) for _ in range(2)],  # type: ignore[arg-type]
            partial(add_members, references=self.names(), **to_group),  # type: ignore[arg-type]
            partial(remove_members, references=self.names()[:9], **to_group),  # type: ignore[arg-type]
        ]

    def merging(self) -> list[Call]:
        return [
            partial(absorb_staged, survivor_id=mine, absorbed_id=theirs, actor="system", now=NOW)
            for mine, theirs in self.pairs
        ]


@pytest.mark.parametrize("seed", range(4))
def test_whoever_is_merged_while_labels_are_given_keeps_each_once(seed: int) -> None:
    town = Town(seed)

    assert refusals(at_once(*town.writing(), *town.merging())) == []

    assert gather_late_rows(now=NOW) == 0
    absorbed = [theirs for _, theirs in town.pairs]
    for model in (UserLabel, LabelSuppression, GroupMember):
        assert not model.objects.filter(user__in=absorbed).exists()
    assert held_twice() == []


@pytest.mark.parametrize("seed", range(4))
def test_whoever_is_parted_while_labels_are_given_holds_no_label_twice(seed: int) -> None:
    town = Town(seed)
    at_once(*town.writing())
    for merge in town.merging():
        merge()
    undoing = [
        partial(undo_merge, merge_id=each.pk, actor="system", now=NOW)
        for each in AccountMerge.objects.all()
    ]

    assert refusals(at_once(*town.writing(), *undoing)) == []

    assert AccountMerge.objects.filter(state="undone").count() == PAIRS
    assert held_twice() == []


def held_twice() -> list[object]:
    """Return who holds a label twice, or two that exclude each other."""
    held = UserLabel.objects.filter(ended_at=None).order_by()
    same = held.values("user", "label").annotate(count=Count("pk")).filter(count__gt=1)
    scope = held.exclude(exclusive_scope="").values("user", "exclusive_scope")
    return [*same, *scope.annotate(count=Count("pk")).filter(count__gt=1)]
