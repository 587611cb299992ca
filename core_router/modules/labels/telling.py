"""Telling who holds what."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from core_router.modules.labels.naming import Somebody, known, names_of, whom
from core_router.sdk import Call, RefusedError
from labels import api as labels

MOST_LABELS: Final = 20
MOST_HOLDERS: Final = 10


def held(call: Call, words: Sequence[str]) -> str:
    somebody, bearer = _asker(call), call.caller.bearer
    if words:
        _demand_sight(call)
        somebody = whom(call, words[0])
        bearer = bearer_of(call, somebody)
    if not bearer.counted:
        return f"{somebody.name} holds no labels here."
    told = {each.entry.name: _told(each, call.now) for each in bearer.counted}
    listed = [told[name] for name in sorted(told)]
    return f"{somebody.name}: {_some(listed, MOST_LABELS, len(listed))}"


def who(call: Call, words: Sequence[str]) -> str:
    _demand_sight(call)
    label = known(call, words[0])
    if label.is_system:
        raise RefusedError(f"{label.name} is a label of WaddleBot's: who holds it is not told.")
    first, count = labels.holders_now(label_id=label.id, now=call.now, most=MOST_HOLDERS)
    names = names_of(call, first)
    holders = [_some([names[each] for each in first], MOST_HOLDERS, count)] if count else []
    groups = labels.groups_lending(community_id=call.community.id, name=label.name, now=call.now)
    holders += [f"whoever is in the group {each}" for each in groups]
    holders += [f"whoever holds {each}" for each in sorted(label.implied_by)]
    return f"{label.name}: {'; '.join(holders) or 'nobody'}."


def info(call: Call, words: Sequence[str]) -> str:
    _demand_sight(call)
    label = known(call, words[0])
    parts = [f"{label.name}{': ' if label.description else ''}{label.description}".rstrip(".")]
    for said, names in (
        ("It permits", label.grants),
        ("It implies", label.implied),
        ("It replaces", label.rivals),
    ):
        if names:
            parts.append(f"{said} {', '.join(sorted(names))}")
    return ". ".join(parts) + "."


def bearer_of(call: Call, somebody: Somebody) -> labels.Bearer:
    """Return somebody as they are where it is asked, before anything is changed."""
    return labels.bearer(
        community_id=call.community.id,
        user_id=somebody.user_id,
        now=call.now,
        entity=call.event.entity,
    )


def lasting(until: datetime | None, now: datetime) -> str:
    return f" until {labels.at(until, now)}" if until else ""


def way(by: Any, name: str) -> str:
    """Say by what somebody holds a label that they were not given."""
    if by.entry.name != name:
        return f" by {by.entry.name}"
    return f" by the group {by.groups[-1].name}" if by.groups else ""


def _asker(call: Call) -> Somebody:
    return Somebody(call.caller.user_id, call.caller.display_name)


def _told(each: Any, now: datetime) -> str:
    return f"{each.entry.name}{way(each, each.entry.name)}{lasting(each.spell.ends, now)}"


def _some(names: Sequence[str], most: int, count: int) -> str:
    more = count - len(names[:most])
    return ", ".join(names[:most]) + (f" and {more} more" if more else "")


def _demand_sight(call: Call) -> None:
    refusal = labels.refusing(call.caller.bearer)("labels:see")
    if refusal:
        raise RefusedError(refusal)
