"""Finding out who gains a role by a rule, and who loses it. What is to do is written down here;
it is done by `carrying`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from labels.models import RoleGrant, RoleRule
from labels.operations.roles.waking import nudge_on_commit
from labels.queries.role_people import next_change, people_of
from labels.queries.role_rules import MOST_AT_ONCE, accounts_for
from waddlebot.lib.locks import hold

# Who plans in vain for so long is thought dead.
LEASE: Final = timedelta(minutes=5)
LOOKED_AT_EVERY: Final = timedelta(hours=1)
SOON: Final = timedelta(minutes=5)
REVOKED_ARE_KEPT: Final = timedelta(days=30)

State = RoleGrant.State
ON_THE_WAY_IN: Final = (State.TO_GRANT, State.GRANTED)
ON_THE_WAY_OUT: Final = (State.TO_REVOKE, State.REVOKED, State.REVOKE_FAILED)
TO_DO: Final = (State.TO_GRANT, State.TO_REVOKE)


@dataclass
class Plan:
    """What is to do: `give` are people and their accounts, of the others the rows.

    `move` are accounts that are somebody else's now.
    """

    give: list[tuple[int, str]] = field(default_factory=list)
    give_again: list[int] = field(default_factory=list)
    move: list[tuple[int, int]] = field(default_factory=list)
    take: list[int] = field(default_factory=list)
    drop: list[int] = field(default_factory=list)
    keep: int = 0


def plan_due(*, clock: Callable[[], datetime]) -> int:
    """Look at every rule that is due; return how many there were."""
    planned = 0
    while rule := _claim(clock()):
        _look(rule, clock())
        planned += 1
    return planned


def plan_of(rule: RoleRule, *, now: datetime) -> Plan:
    """Compare who should have the role with what the rule has done so far."""
    people = people_of(rule, now=now)
    wanted = {account: who for who, account in accounts_for(rule.platform, people).items()}
    plan = Plan()
    grants = RoleGrant.objects.filter(rule=rule.pk) if rule.pk else RoleGrant.objects.none()
    for row in grants.only("user", "platform_user_id", "state", "given_by_us", "due_at"):
        owner = wanted.pop(row.platform_user_id, None)
        if owner is None:
            _sort_out(plan, row, now)
        else:
            _sort_in(plan, row, owner, now)
    plan.give = [(who, account) for account, who in wanted.items()]
    return plan


def _sort_in(plan: Plan, row: RoleGrant, owner: int, now: datetime) -> None:
    if row.user_id != owner:
        plan.move.append((row.pk, owner))
    if row.state in ON_THE_WAY_OUT or (row.state == State.GRANT_FAILED and _is_due(row, now)):
        plan.give_again.append(row.pk)
    else:
        plan.keep += 1


def _sort_out(plan: Plan, row: RoleGrant, now: datetime) -> None:
    if row.state in ON_THE_WAY_OUT and not (
        row.state == State.REVOKE_FAILED and _is_due(row, now)
    ):
        return
    (plan.take if row.given_by_us else plan.drop).append(row.pk)


def _is_due(row: RoleGrant, now: datetime) -> bool:
    return row.due_at is not None and row.due_at <= now


def _claim(now: datetime) -> RoleRule | None:
    """Take a rule up, holding its row no longer than that: who gives labels waits for it."""
    with transaction.atomic():
        due = RoleRule.objects.filter(due_at__lte=now).order_by("due_at")
        rule = (
            due.select_related("group").select_for_update(skip_locked=True, of=("self",)).first()
        )
        if rule is not None:
            rule.due_at = now + LEASE
            rule.save(update_fields=["due_at"])
    return rule


def _look(rule: RoleRule, now: datetime) -> None:
    with transaction.atomic():
        # Of two who look at the same rule, the second sees what the first has written.
        hold("role_rule", rule.pk)
        _write(rule, plan_of(rule, now=now), now)
        old = RoleGrant.objects.filter(rule=rule, state=State.REVOKED)
        old.filter(updated_at__lt=now - REVOKED_ARE_KEPT).delete()
        at = next_change(rule, now=now)
        due_at = min(filter(None, [at, now + LOOKED_AT_EVERY]))
        if due_at - now <= SOON:
            nudge_on_commit(after=due_at - now)
        # Whoever woke it meanwhile wants it to be looked at once more.
        RoleRule.objects.filter(pk=rule.pk, due_at=rule.due_at).update(due_at=due_at)
        RoleRule.objects.filter(pk=rule.pk).update(looked_at=now)
        end_if_done(rule)


def end_if_done(rule: RoleRule) -> None:
    """Remove the row of a rule that was removed, once there is nothing left to take back."""
    ended = RoleRule.objects.filter(pk=rule.pk, deleted_at__isnull=False)
    ended.exclude(grants__state__in=[*TO_DO, State.GRANTED, State.GRANT_FAILED]).delete()


def _write(rule: RoleRule, plan: Plan, now: datetime) -> None:
    for some in _pieces(plan.give):
        RoleGrant.objects.bulk_create(
            [
                RoleGrant(rule=rule, user_id=who, platform_user_id=account, due_at=now)
                for who, account in some
            ],
            ignore_conflicts=True,
        )
    afresh = {"attempts": 0, "due_at": now, "updated_at": now, "code": "", "detail": ""}
    for some in _pieces(plan.give_again):
        RoleGrant.objects.filter(pk__in=some).update(state=State.TO_GRANT, **afresh)
    for pk, owner in plan.move:
        RoleGrant.objects.filter(pk=pk).update(user_id=owner)
    for some in _pieces(plan.take):
        RoleGrant.objects.filter(pk__in=some).update(state=State.TO_REVOKE, **afresh)
    for some in _pieces(plan.drop):
        # What another rule has handed over meanwhile is ours.
        mine = RoleGrant.objects.filter(pk__in=some)
        mine.filter(given_by_us=True).update(state=State.TO_REVOKE, **afresh)
        mine.filter(given_by_us=False).delete()


def _pieces(rows: Sequence[Any]) -> list[Sequence[Any]]:
    return [rows[start : start + MOST_AT_ONCE] for start in range(0, len(rows), MOST_AT_ONCE)]
