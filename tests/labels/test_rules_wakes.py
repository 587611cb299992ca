"""Rules look at whom something happened to, within seconds."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from identity import api as identity
from identity.data import Role
from identity.models import Community, Membership, User
from identity.operations.merging import absorb_staged
from identity.tasks import flush_reputation
from labels import api as labels
from labels.models import RuleRun, RuleWake, UserLabel
from labels.operations.rules import answer_wakes, applying, waking
from labels.tasks import answer_wakes as answer_task
from labels.tasks import run_rules as run_task
from tests import make
from tests.client import Api
from tests.core_router.conftest import line
from tests.identity.parallel import at_once
from tests.labels.ruling import answer, holders, label, messages, rule, run, write, writer


def count(place: Community, who: User, messages: int = 1) -> None:
    """Count messages of somebody as the flush does."""
    today = timezone.now().date()
    gain = identity.Gain(today, "chatMessage", 5, "twitch", who.username, who.username, "")
    counts = {identity.gain_field(gain): messages}
    identity.add_points(community_id=place.pk, counts=counts, now=timezone.now())


def chatter(place: Community, name: str, messages: int = 0) -> User:
    person = writer(place, name, messages)
    make.link(person, "twitch", name, name)
    return person


def test_who_chats_enough_is_given_the_label_after_the_flush(api: Api, rookery: Community) -> None:
    make.entity(rookery)
    regular = label(rookery)
    rule(rookery, regular, messages(3))
    run_task()
    for number in range(3):
        api.post("/router/v1/events", line("hello", event_id=str(number)))

    flush_reputation()
    answer_task()

    held = UserLabel.objects.get(label=regular)
    assert held.user.is_staged
    assert not RuleWake.objects.exists()


def test_without_rules_nobody_is_woken(rookery: Community, alice: User) -> None:
    count(rookery, chatter(rookery, "bob"))
    rule(rookery, label(rookery), enabled=False)
    count(rookery, User.objects.get(username="bob"))

    assert not RuleWake.objects.exists()


def test_a_change_of_role_wakes(rookery: Community) -> None:
    staff = label(rookery, "staff")
    rule(rookery, staff, {"fact": "role", "op": ">=", "value": "moderator"}, removes=True)
    run()
    bob = make.member(rookery, make.user("bob"), Role.MODERATOR)
    answer()
    assert "bob" in holders(staff)

    make.member(rookery, bob, Role.MEMBER)
    answer()
    assert "bob" not in holders(staff)


def test_labels_wake_those_who_gain_or_lose_what_a_rule_asks_for(rookery: Community) -> None:
    vip, perk = label(rookery, "vip"), label(rookery, "perk")
    label(rookery, "other")
    rule(rookery, perk, {"label": "vip"}, removes=True)
    run()
    bob = writer(rookery, "bob")
    labels.give(community_id=rookery.pk, user_id=bob.pk, name="other")
    assert not RuleWake.objects.exists()

    labels.give(community_id=rookery.pk, user_id=bob.pk, name="vip")
    answer()
    assert holders(perk) == {"bob"}

    labels.take(community_id=rookery.pk, user_id=bob.pk, name="vip")
    answer()
    assert (holders(vip), holders(perk)) == (set(), set())


def test_rules_that_lead_to_each_other_come_to_the_end_of_it(rookery: Community) -> None:
    chain = [label(rookery, f"step{number}") for number in range(5)]
    # Each asks for what a rule that is looked at after it gives.
    for number in range(4):
        rule(rookery, chain[number + 1], {"label": chain[number].name}, removes=True)
    rule(rookery, chain[0], messages(1), removes=True)
    run()
    bob = chatter(rookery, "bob")
    count(rookery, bob)
    answer()
    assert [holders(each) for each in chain] == [{"bob"}] * 5

    write(rookery, bob, 0)
    waking.wake(rookery.pk, [bob.pk], timezone.now())
    answer()
    assert [holders(each) for each in chain] == [set()] * 5


def test_a_label_that_a_rule_takes_is_given_by_the_other_rule_that_wants_it(
    rookery: Community,
) -> None:
    regular = label(rookery)
    bob = chatter(rookery, "bob", 100)
    rule(rookery, regular, messages(100), "first", removes=True)
    run()
    rule(rookery, regular, messages(10), "second", removes=True)
    write(rookery, bob, 50)
    waking.wake(rookery.pk, [bob.pk], timezone.now())
    answer()

    assert holders(regular) == {"bob"}
    assert UserLabel.objects.count() == 2


def test_somebody_is_given_a_label_a_few_times_a_day_at_most(rookery: Community) -> None:
    regular = label(rookery)
    bob = chatter(rookery, "bob")
    rule(rookery, regular, messages(10), removes=True)
    run()
    for number in range(20):
        write(rookery, bob, 10 * (number % 2))
        waking.wake(rookery.pk, [bob.pk], timezone.now())
        answer()

    assert UserLabel.objects.filter(user=bob).count() == 3
    UserLabel.objects.update(given_at=timezone.now() - timedelta(days=1))
    waking.wake(rookery.pk, [bob.pk], timezone.now())
    answer()
    assert holders(regular) == {"bob"}


def test_what_happened_in_a_day_is_one_row_of_the_log(rookery: Community) -> None:
    made = rule(rookery, label(rookery), messages(1))
    run()
    for name in ("bob", "carol"):
        count(rookery, chatter(rookery, name))
        answer()
    count(rookery, User.objects.get(username="bob"))
    answer()

    told = RuleRun.objects.get(rule=made, trigger="event")
    assert (told.state, told.added, told.removed) == ("done", 2, 0)


def test_the_merged_are_looked_at_as_one(rookery: Community) -> None:
    regular = label(rookery)
    rule(rookery, regular)
    run()
    bob, carol = chatter(rookery, "bob", 60), chatter(rookery, "carol", 60)
    User.objects.filter(pk=carol.pk).update(is_staged=True)
    absorb_staged(survivor_id=bob.pk, absorbed_id=carol.pk, actor="system", now=timezone.now())
    answer()

    assert holders(regular) == {"bob"}


def test_a_thousand_who_were_woken_cost_as_many_statements_as_one(
    rookery: Community, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    regular = label(rookery)
    rule(rookery, regular, messages(1))
    run()
    people = User.objects.bulk_create(
        User(username=f"crowd{number}", public_id=f"u_{number:022}") for number in range(1000)
    )
    Membership.objects.bulk_create(
        Membership(community=rookery, user=person, role=0, messages=1) for person in people
    )
    waking.wake(rookery.pk, [person.pk for person in people], timezone.now())

    with django_assert_max_num_queries(40):
        assert answer() == 1000
    assert len(holders(regular)) == 1000


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["rules_of", "carry_out", "_drop"])
def test_whoever_was_woken_is_looked_at_though_the_worker_dies(
    rookery: Community, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    regular = label(rookery)
    rule(rookery, regular, messages(1))
    run()
    count(rookery, chatter(rookery, "bob"))
    work = getattr(waking, step)

    def die(*arguments: Any, **named: Any) -> None:
        work(*arguments, **named)
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(waking, step, die)
        with pytest.raises(SystemExit):
            answer()
    assert holders(regular) == set()
    answer()

    assert holders(regular) == {"bob"}
    assert not RuleWake.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_is_woken_again_meanwhile_is_looked_at_again(
    rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    regular = label(rookery)
    rule(rookery, regular, messages(2))
    run()
    bob = chatter(rookery, "bob")
    count(rookery, bob)

    def count_meanwhile(*arguments: Any, **named: Any) -> Any:
        found = look_at(*arguments, **named)
        at_once(lambda: count(rookery, bob))
        return found

    look_at = applying.look_at
    with monkeypatch.context() as patch:
        patch.setattr(waking, "look_at", count_meanwhile)
        patch.setattr(waking, "MOST_PASSES", 1)
        answer()
    assert RuleWake.objects.count() == 1
    answer()
    assert holders(regular) == {"bob"}


@pytest.mark.django_db(transaction=True)
def test_many_workers_and_people_at_once_come_to_the_same_end(rookery: Community) -> None:
    regular, perk = label(rookery), label(rookery, "perk")
    rule(rookery, regular, messages(3))
    rule(rookery, perk, {"label": "regular"})
    run()
    crowd = [chatter(rookery, f"bob{number}") for number in range(12)]

    def chat() -> None:
        for person in crowd:
            count(rookery, person)

    def give_and_take() -> None:
        for person in crowd[::3]:
            labels.give(community_id=rookery.pk, user_id=person.pk, name="other")
            labels.take(community_id=rookery.pk, user_id=person.pk, name="perk")

    def work() -> None:
        for _ in range(5):
            answer_wakes(clock=timezone.now)

    at_once(chat, chat, chat, work, work, give_and_take)
    answer()

    assert holders(regular) == {person.username for person in crowd}
    taken_by_hand = UserLabel.objects.filter(label=perk, ended_because="taken")
    unwanted = set(taken_by_hand.values_list("user__username", flat=True))
    assert holders(perk) == holders(regular) - unwanted
    assert not RuleWake.objects.exists()


def test_a_community_whose_rules_fail_holds_up_no_other(
    rookery: Community, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = make.community(owner=alice)
    given = {place.pk: label(place) for place in (rookery, elsewhere)}
    for place in (rookery, elsewhere):
        rule(place, given[place.pk], messages(1))
        run()
        count(place, chatter(place, f"bob{place.pk}"))

    def fail(made: Any, *rest: Any) -> Any:
        if made.community_id == rookery.pk:
            raise RuntimeError
        return look_at(made, *rest)

    look_at = applying.look_at
    with monkeypatch.context() as patch:
        patch.setattr(waking, "look_at", fail)
        answer()
    assert [len(holders(each)) for each in given.values()] == [0, 1]
    answer()
    assert [len(holders(each)) for each in given.values()] == [1, 1]
