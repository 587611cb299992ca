"""Rules give and take: what they should, what they gave, and each once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from identity.models import Community, Membership
from labels import api as labels
from labels.models import (
    EntityGroup,
    GroupMember,
    Label,
    LabelRule,
    LabelSuppression,
    ObjectLabel,
    RuleRun,
    UserLabel,
)
from labels.operations.rules import applying, forget_runs, run_rules, running
from labels.operations.rules.starting import OFTEN, SELDOM
from tests.client import Api
from tests.labels.ruling import RULES, holders, label, messages, rule, run, write, writer


def give(place: Community, user_id: int, name: str) -> None:
    labels.give(community_id=place.pk, user_id=user_id, name=name)


def later(made: LabelRule) -> None:
    """Have the time come when a rule looks at everybody again."""
    LabelRule.objects.filter(pk=made.pk).update(due_at=timezone.now())
    run()


def test_whoever_meets_the_conditions_gets_the_label_from_the_rule(rookery: Community) -> None:
    regular = label(rookery)
    made = rule(rookery, regular)
    for name, count in [("bob", 100), ("carol", 99), ("dave", 101)]:
        writer(rookery, name, count)
    run()

    assert holders(regular) == {"bob", "dave"}
    given = UserLabel.objects.filter(label=regular).first()
    assert given is not None
    assert (given.source, given.source_ref, given.given_by) == (
        "rule",
        str(made.pk),
        f"rule:{made.pk}",
    )


def test_what_was_given_is_kept_until_the_value_to_leave_by(rookery: Community) -> None:
    regular = label(rookery)
    made = rule(rookery, regular, messages(leave=80), removes=True)
    bob, carol = writer(rookery, "bob", 100), writer(rookery, "carol", 80)
    run()
    for count, expected in [(80, {"bob"}), (79, set()), (99, set()), (100, {"bob"})]:
        write(rookery, bob, count)
        later(made)
        assert holders(regular) == expected

    write(rookery, carol, 0)
    later(made)
    assert RuleRun.objects.filter(trigger="time").count() == 2


def test_a_rule_that_only_adds_takes_nothing(rookery: Community) -> None:
    regular = label(rookery)
    made = rule(rookery, regular)
    bob = writer(rookery, "bob", 100)
    run()
    write(rookery, bob, 0)
    later(made)

    assert holders(regular) == {"bob"}


def test_what_a_person_gave_stays(rookery: Community) -> None:
    regular = label(rookery)
    made = rule(rookery, regular, removes=True)
    bob, carol = writer(rookery, "bob"), writer(rookery, "carol", 100)
    give(rookery, bob.pk, "regular")
    run()
    give(rookery, carol.pk, "regular")
    write(rookery, carol, 0)
    later(made)

    assert holders(regular) == {"bob", "carol"}


def test_what_a_person_took_off_is_not_given_again_until_a_person_gives_it(
    rookery: Community,
) -> None:
    regular = label(rookery)
    made = rule(rookery, regular)
    bob = writer(rookery, "bob", 100)
    run()
    labels.take(community_id=rookery.pk, user_id=bob.pk, name="regular")
    later(made)
    assert holders(regular) == set()
    assert LabelSuppression.objects.filter(user=bob).exists()

    give(rookery, bob.pk, "regular")
    later(made)
    assert holders(regular) == {"bob"}


def test_a_run_counts_what_it_may_not_give(rookery: Community) -> None:
    gold = label(rookery, "tier/gold", exclusive=True)
    label(rookery, "tier/silver", exclusive=True)
    made = rule(rookery, gold)
    people = {name: writer(rookery, name, 100) for name in ("bob", "carol", "dave")}
    LabelSuppression.objects.create(label=gold, user=people["bob"])
    give(rookery, people["carol"].pk, "tier/silver")
    run()

    done = RuleRun.objects.get(rule=made)
    assert (done.added, done.suppressed, done.blocked) == (1, 1, 1)
    assert holders(gold) == {"dave"}


def test_of_two_rules_for_one_scope_the_stronger_one_wins_and_the_other_takes_over(
    rookery: Community,
) -> None:
    silver, gold = (label(rookery, f"tier/{name}", exclusive=True) for name in ("silver", "gold"))
    stronger = rule(rookery, gold, messages(1000, leave=900), removes=True, priority=1)
    weaker = rule(rookery, silver, messages(100), removes=True)
    bob = writer(rookery, "bob", 1000)
    for count, expected in [
        (500, ({"bob"}, set())),
        (1000, (set(), {"bob"})),
        (900, (set(), {"bob"})),
        (899, ({"bob"}, set())),
        (10, (set(), set())),
    ]:
        write(rookery, bob, count)
        for made in (weaker, stronger, weaker):
            later(made)
        assert (holders(silver), holders(gold)) == expected, count


def test_of_two_equal_rules_the_newer_one_wins(rookery: Community) -> None:
    silver, gold = (label(rookery, f"tier/{name}", exclusive=True) for name in ("silver", "gold"))
    older, newer = rule(rookery, silver, messages(1)), rule(rookery, gold, messages(2))
    writer(rookery, "bob", 5)
    for made in (older, newer, older):
        later(made)

    assert (holders(silver), holders(gold)) == (set(), {"bob"})


def test_a_label_that_ended_is_given_again(rookery: Community) -> None:
    regular = label(rookery)
    bob = writer(rookery, "bob", 100)
    until = timezone.now() + timedelta(seconds=1)
    labels.give(community_id=rookery.pk, user_id=bob.pk, name="regular", valid_until=until)
    UserLabel.objects.update(valid_until=timezone.now())
    rule(rookery, regular)
    run()

    given = UserLabel.objects.filter(user=bob, ended_at=None)
    assert [(each.source, each.valid_until) for each in given] == [("rule", None)]


def test_labels_that_are_held_are_asked_for_with_all_that_imply_them(rookery: Community) -> None:
    helper, mod, thanks = (label(rookery, name) for name in ("helper", "mod", "thanks"))
    mod.parent_links.create(parent=helper)
    rule(rookery, thanks, {"label": "helper"})
    for name, held in [("bob", "helper"), ("carol", "mod"), ("dave", "other")]:
        give(rookery, writer(rookery, name).pk, held)
    run()

    assert holders(thanks) == {"bob", "carol"}


def test_labels_are_held_through_groups_that_count_everywhere(rookery: Community) -> None:
    crew, thanks = label(rookery, "crew", kind="entity_group"), label(rookery, "thanks")
    outer, inner, elsewhere = (
        EntityGroup.objects.create(community=rookery, name=name)
        for name in ("outer", "inner", "elsewhere")
    )
    inner.parent_links.create(parent=outer)
    elsewhere.entities.create(entity="twitch+rookery")
    for group, name in [(outer, "bob"), (inner, "carol"), (elsewhere, "dave")]:
        GroupMember.objects.create(group=group, user=writer(rookery, name))
    for group in (outer, elsewhere):
        ObjectLabel.objects.create(
            label=crew, community=rookery, kind="entity_group", object_id=str(group.pk)
        )
    made = rule(rookery, thanks, {"label": "crew"})
    run()

    assert holders(thanks) == {"bob", "carol"}
    assert made.due_at - made.updated_at == OFTEN


def test_a_label_of_the_system_can_be_asked_for(rookery: Community) -> None:
    star = Label.objects.create(is_system=True, name="waddlebot/star")
    thanks = label(rookery, "thanks")
    UserLabel.objects.create(label=star, user=writer(rookery, "bob"))
    rule(rookery, thanks, {"label": "waddlebot/star"})
    run()

    assert holders(thanks) == {"bob"}


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"all": [messages(10), {"not": messages(50)}]}, "twenty"),
        ({"any": [messages(50), {"not": messages(10)}]}, "alice fifty zero"),
        ({"not": {"any": [messages(50), {"not": messages(10)}]}}, "twenty"),
        ({"not": {"all": [messages(10), messages(50)]}}, "alice twenty zero"),
        ({"not": {"fact": "messages", "op": "==", "value": 20}}, "alice fifty zero"),
        ({"fact": "role", "op": "==", "value": "owner"}, "alice"),
        ({"fact": "subscribed", "op": "==", "value": False}, "alice fifty twenty zero"),
        ({"not": {"fact": "subscribed", "op": "==", "value": False}}, ""),
        ({"fact": "watch_streak", "op": "<", "value": 1}, "alice fifty twenty zero"),
        ({"fact": "reputation", "op": ">", "value": 100}, "fifty"),
    ],
    ids=str,
)
def test_conditions_are_joined_as_they_say(
    rookery: Community, conditions: Any, expected: str
) -> None:
    regular = label(rookery)
    for name, count in [("zero", 0), ("twenty", 20), ("fifty", 50)]:
        writer(rookery, name, count)
    rule(rookery, regular, conditions)
    run()

    assert holders(regular) == set(expected.split())


def test_what_ages_is_looked_at_often_and_the_rest_seldom(rookery: Community) -> None:
    made = [
        rule(rookery, label(rookery), messages()),
        rule(rookery, label(rookery, "a"), messages(within_days=7)),
        rule(rookery, label(rookery, "b"), {"fact": "member_days", "op": ">=", "value": 30}),
    ]

    assert [each.due_at - each.updated_at for each in made] == [SELDOM, OFTEN, OFTEN]


def test_a_look_by_time_that_finds_nothing_leaves_only_its_time(rookery: Community) -> None:
    made = rule(rookery, label(rookery))
    run()
    later(made)

    made.refresh_from_db()
    assert made.ran_at is not None
    assert made.due_at > timezone.now()
    assert [each.trigger for each in RuleRun.objects.all()] == ["change"]


def test_a_change_has_everybody_looked_at_anew(api: Api, rookery: Community) -> None:
    regular = label(rookery)
    made = rule(rookery, regular, removes=True)
    for name, count in [("bob", 100), ("carol", 200)]:
        writer(rookery, name, count)
    run()

    api.patch(f"{RULES}/{made.pk}", {"conditions": messages(150)})
    run()
    assert holders(regular) == {"carol"}

    api.patch(f"{RULES}/{made.pk}", {"enabled": False, "conditions": messages(1000)})
    run()
    assert holders(regular) == {"carol"}


@pytest.mark.parametrize("at_a_look", [1, 4, 10_000])
def test_a_run_goes_through_all_in_chunks(
    rookery: Community, settings: Any, monkeypatch: pytest.MonkeyPatch, at_a_look: int
) -> None:
    settings.BULK_OPERATION_SIZE = 3
    monkeypatch.setattr(applying, "AT_A_LOOK", at_a_look)
    regular = label(rookery)
    for number in range(10):
        writer(rookery, f"bob{number}", 100 * (number % 3))
    made = rule(rookery, regular, removes=True)
    run()
    assert RuleRun.objects.get().added == len(holders(regular)) == 6

    Membership.objects.update(messages=100)
    Membership.objects.filter(user__username__in=["bob1", "bob4", "bob7"]).update(messages=0)
    later(made)
    assert RuleRun.objects.filter(added=5, removed=3).exists()


def killed(monkeypatch: pytest.MonkeyPatch, module: Any, step: str, when: int) -> None:
    """Run, and die at a step the n-th time it is reached."""
    work, reached = getattr(module, step), iter(range(1, 1000))

    def die(*arguments: Any, **named: Any) -> Any:
        done = work(*arguments, **named)
        if next(reached) == when:
            raise SystemExit
        return done

    with monkeypatch.context() as patch:
        patch.setattr(module, step, die)
        with pytest.raises(SystemExit):
            run()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("module", "step", "when"),
    [
        (running, "_claim", 1),
        (running, "lock_rules", 2),
        (applying, "assign", 1),
        (applying, "assign", 2),
        (applying, "remove", 1),
        (running, "_end", 1),
        (running, "_step", 1),
        (running, "_step", 2),
    ],
)
def test_a_run_whose_worker_dies_is_finished_by_the_next(
    rookery: Community,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    step: str,
    when: int,
) -> None:
    settings.BULK_OPERATION_SIZE = 2
    regular = label(rookery)
    made = rule(rookery, regular, removes=True)
    people = [writer(rookery, f"bob{number}", 100) for number in range(2)]
    run()
    Membership.objects.filter(user__in=people).update(messages=0)
    for number in range(3):
        writer(rookery, f"carol{number}", 100)
    LabelRule.objects.update(due_at=timezone.now())

    killed(monkeypatch, module, step, when)
    run_rules(clock=lambda: timezone.now() + running.LEASE)

    assert holders(regular) == {"carol0", "carol1", "carol2"}
    done = RuleRun.objects.get(rule=made, trigger="time")
    assert (done.state, done.added, done.removed) == ("done", 3, 2)
    assert UserLabel.objects.count() == 5


def test_a_run_that_fails_over_and_over_is_given_up(
    rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(rookery, label(rookery))

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(running, "carry_out", fail)
    for hours in range(running.MOST_ATTEMPTS + 1):
        moment = timezone.now() + timedelta(hours=hours)
        run_rules(clock=lambda moment=moment: moment)  # type: ignore[misc]

    gave_up = RuleRun.objects.get(trigger="change")
    assert (gave_up.state, gave_up.error) == ("failed", "it failed too often")


def test_runs_are_forgotten_in_the_end(rookery: Community) -> None:
    rule(rookery, label(rookery))
    run()

    forget_runs(now=timezone.now() + timedelta(days=89))
    assert RuleRun.objects.exists()
    forget_runs(now=timezone.now() + timedelta(days=91))
    assert not RuleRun.objects.exists()


def test_whoever_holds_as_many_labels_as_they_may_is_counted(
    rookery: Community, settings: Any
) -> None:
    settings.LABELS_PER_OBJECT = 1
    regular = label(rookery)
    bob = writer(rookery, "bob", 100)
    give(rookery, bob.pk, "other")
    rule(rookery, regular)
    run()

    assert RuleRun.objects.get().blocked == 1
    assert Label.objects.count() == 2
