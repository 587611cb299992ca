"""Writing down what became of the roles that were given and taken."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from identity import api as identity
from labels.models import RoleGrant, RoleRule
from waddlebot.platforms import RoleChange, RoleState
from waddlebot.platforms.roles import LOOK_AGAIN_S

FIRST_WAIT_S: Final = 5.0
LONGEST_WAIT_S: Final = 3600.0
MOST_ATTEMPTS: Final = 10

State = RoleGrant.State
Results = dict[int, RoleChange]
FAILED: Final = {State.TO_GRANT: State.GRANT_FAILED, State.TO_REVOKE: State.REVOKE_FAILED}
DONE: Final = {State.TO_GRANT: State.GRANTED, State.TO_REVOKE: State.REVOKED}


def note(
    rule: RoleRule, rows: Sequence[RoleGrant], results: Mapping[int, RoleChange], *, now: datetime
) -> float | None:
    """Write down what became of each, unless something else is wanted of it by now.

    Returns the seconds after which there is more to do for certain, if the platform said so.
    """
    alike: dict[tuple[str, int, RoleChange], list[RoleGrant]] = defaultdict(list)
    for row in rows:
        if row.pk in results:
            alike[row.state, row.attempts, results[row.pk]].append(row)
    waits = [_note_alike(rule, *kind, some, now) for kind, some in alike.items()]
    # Of whom nothing is left but an account, nothing is kept when that is settled.
    settled = RoleGrant.objects.filter(rule=rule, user=None)
    settled.filter(state__in=[State.REVOKED, State.REVOKE_FAILED]).delete()
    return min((wait_s for wait_s in waits if wait_s is not None), default=None)


def _note_alike(
    rule: RoleRule,
    state: str,
    attempts: int,
    change: RoleChange,
    rows: Sequence[RoleGrant],
    now: datetime,
) -> float | None:
    values, wait_s = _values(State(state), attempts, change, now)
    mine = RoleGrant.objects.filter(pk__in=[row.pk for row in rows], state=state)
    if change.state is not RoleState.DONE and not change.is_unsure:
        # What we were about to give for the first time was not given.
        first = [row.pk for row in rows if state == State.TO_GRANT and not row.given_by_us]
        mine.filter(pk__in=first).update(given_by_us=False)
    mine.update(**values)
    if change.is_for_all:
        due = RoleGrant.objects.filter(rule=rule, state=state, due_at__lte=now)
        due.update(
            **(values if change.state is RoleState.FAILED else {"due_at": values["due_at"]})
        )
    return wait_s


def _values(
    state: State, attempts: int, change: RoleChange, now: datetime
) -> tuple[dict[str, Any], float | None]:
    said = {"code": change.code[:60], "detail": change.detail[:200], "updated_at": now}
    if change.state is RoleState.DONE:
        ended = {"state": DONE[state], "due_at": None, "attempts": 0}
        return said | ended | ({"given_by_us": False} if state == State.TO_REVOKE else {}), None
    if change.state is RoleState.RETRY:
        # To be asked to wait is no failed attempt.
        attempts += change.wait_s is None
        if attempts < MOST_ATTEMPTS:
            wait_s = _wait_s(attempts, change.wait_s)
            return said | {"attempts": attempts, "due_at": now + timedelta(seconds=wait_s)}, wait_s
    rest_s = LOOK_AGAIN_S if change.state is RoleState.RETRY else change.wait_s
    due_at = None if rest_s is None else now + timedelta(seconds=rest_s)
    return said | {"state": FAILED[state], "due_at": due_at, "attempts": 0}, None


def _wait_s(attempts: int, asked_s: float | None) -> float:
    if asked_s is not None:
        return asked_s + random.uniform(0.1, 1)  # noqa: S311 - no secret hangs on it
    longest: float = min(FIRST_WAIT_S * 2**attempts, LONGEST_WAIT_S)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - likewise


def tell(
    rule: RoleRule, rows: Sequence[RoleGrant], results: Mapping[int, RoleChange], *, now: datetime
) -> None:
    """Put on the record who was given the role, and from whom it was taken."""
    changed = {"given": list[int | None](), "taken": list[int | None]()}
    for row in rows:
        change = results.get(row.pk)
        if change is not None and change.state is RoleState.DONE and not change.code:
            changed["given" if row.state == State.TO_GRANT else "taken"].append(row.user_id)
    if not any(changed.values()):
        return
    identity.record(
        category="audit",
        action="role_rule.carried_out",
        actor="system",
        community_id=rule.group.community_id,
        target=f"role_rule:{rule.pk}",
        details=changed | {"platform": rule.platform, "role": rule.role},
        now=now,
    )
