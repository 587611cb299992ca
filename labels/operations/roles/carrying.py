"""Giving and taking on the platforms what was planned, in batches, one worker to a role at a time.

Before a role is given the platform is asked whether the account has it, and that we are about to
give it is written down: a worker that dies in between leaves no role of which nobody knows whose
it is. Giving it once more is harmless, forgetting that it was ours is not.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from labels.models import RoleGrant, RoleRule
from labels.operations.roles.handing_over import hand_over
from labels.operations.roles.noting import Results, note, tell
from labels.operations.roles.planning import TO_DO, end_if_done
from labels.operations.roles.seats import may_give, seat_of
from labels.operations.roles.waking import TASK
from waddlebot import platforms
from waddlebot.lib.http import OutboundError
from waddlebot.lib.nudge import nudge
from waddlebot.lib.sealing import BrokenSealError, unseal
from waddlebot.platforms import Platform, RoleChange, RoleState, Seat, change_of
from waddlebot.platforms.errors import BusyError
from waddlebot.platforms.limits import alias, alone

logger = logging.getLogger(__name__)

MOST_BATCHES: Final = 30
LONGEST_BATCH_S: Final = 300.0
LATER: Final = timedelta(minutes=10)
SOON_S: Final = 300.0
HELD: Final = RoleChange(RoleState.DONE, "held_already")
LOST: Final = RoleChange(RoleState.FAILED, "account_unknown", "SECRET_KEY has changed.")
NOT_PROVEN: Final = RoleChange(
    RoleState.FAILED,
    "place_not_proven",
    "Nobody has proven that this server is the community's.",
    is_for_all=True,
)

State = RoleGrant.State


@dataclass(frozen=True, slots=True)
class Batch:
    """Some of what a rule has to do, on one platform."""

    rule: RoleRule
    platform: Platform
    seat: Seat
    rows: Sequence[RoleGrant]

    def accounts(self, state: str) -> dict[int, str]:
        found = {row.pk: _account_of(row) for row in self.rows if row.state == state}
        return {pk: account for pk, account in found.items() if account}


def carry_out_due(*, clock: Callable[[], datetime]) -> int:
    """Carry out what is due, for a while; return how many roles it was."""
    total, busy = 0, set[int]()
    for _ in range(MOST_BATCHES):
        rule = _next(clock(), busy)
        if rule is None:
            return total
        try:
            with alone(_name(rule), LONGEST_BATCH_S, wait_s=0):
                total += _carry_out(rule, clock)
        except BusyError:  # Another worker has this role in hand, or Redis is away.
            busy.add(rule.pk)
        except Exception:
            logger.exception("Roles were not changed", extra={"role_rule": rule.pk})
            _put_off(rule, clock())
    nudge(TASK)
    return total


def _next(now: datetime, busy: set[int]) -> RoleRule | None:
    due = RoleGrant.objects.filter(state__in=TO_DO, due_at__lte=now).exclude(rule__in=busy)
    row = due.order_by("due_at").select_related("rule__group", "rule__label").first()
    return row.rule if row else None


def _put_off(rule: RoleRule, now: datetime) -> None:
    """Let what went wrong stop nothing else."""
    due = RoleGrant.objects.filter(rule=rule, state__in=TO_DO, due_at__lte=now)
    due.update(due_at=now + LATER)


def _name(rule: RoleRule) -> str:
    return f"roles:{alias(f'{rule.platform} {rule.server_id} {rule.role}')}"


def _carry_out(rule: RoleRule, clock: Callable[[], datetime]) -> int:
    now, platform = clock(), platforms.PLATFORMS[rule.platform]
    due = RoleGrant.objects.filter(rule=rule, state__in=TO_DO, due_at__lte=now)
    rows = list(due.order_by("due_at", "pk")[: platform.roles_at_once])
    left = hand_over(rule, rows, now=now)
    if left:
        batch = Batch(rule, platform, seat_of(rule), left)
        results = dict.fromkeys([row.pk for row in left if not _account_of(row)], LOST)
        results |= _changed(batch, now)
        wait_s = note(rule, left, results, now=clock())
        tell(rule, left, results, now=clock())
        if wait_s is not None and wait_s <= SOON_S:
            nudge(TASK, after_s=wait_s)
    end_if_done(rule)
    return len(rows)


def _changed(batch: Batch, now: datetime) -> Results:
    take = batch.accounts(State.TO_REVOKE)
    settled, give = _about_to_give(batch, batch.accounts(State.TO_GRANT))
    by_account = batch.platform.change_roles(
        batch.seat,
        give=list(give.values()),
        take=list(take.values()),
        reason=f"WaddleBot: {batch.rule.label.name}",
    )
    return settled | {pk: by_account[account] for pk, account in (give | take).items()}


def _about_to_give(
    batch: Batch, accounts: Mapping[int, str]
) -> tuple[dict[int, RoleChange], dict[int, str]]:
    """Return what is settled without giving, and who is still to be given the role."""
    if not accounts:
        return {}, {}
    if not may_give(batch.rule, batch.seat):
        return dict.fromkeys(accounts, NOT_PROVEN), {}
    ours = {row.pk for row in batch.rows if row.given_by_us}
    asked = {pk: account for pk, account in accounts.items() if pk not in ours}
    try:
        held = batch.platform.holders(batch.seat, list(asked.values())) if asked else frozenset()
    except OutboundError as error:
        return dict.fromkeys(accounts, change_of(error)), {}
    settled = {pk: HELD for pk, account in asked.items() if account in held}
    live = _write_down(asked.keys() - settled.keys())
    give = {pk: account for pk, account in accounts.items() if pk in live | ours}
    return settled, give


def _write_down(pks: set[int]) -> set[int]:
    """Note that we are about to give; return those of whom that is still wanted."""
    with transaction.atomic():
        wanted = RoleGrant.objects.select_for_update().filter(pk__in=pks, state=State.TO_GRANT)
        live = set(wanted.order_by("pk").values_list("pk", flat=True))
        RoleGrant.objects.filter(pk__in=live).update(given_by_us=True)
    return live


def _account_of(row: RoleGrant) -> str:
    """Return the account; nothing when it cannot be read any more."""
    if row.sealed is None:
        return row.platform_user_id
    try:
        return unseal(bytes(row.sealed)).decode()
    except BrokenSealError:
        return ""
