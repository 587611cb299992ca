"""Who is told of a community's events. All changes of one community wait for each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from core_router.data import EngineWish
from core_router.models import EventHook
from core_router.operations import engines
from core_router.operations.engines import SIGNED, remove_engine, rotate_secret, save_engine
from core_router.operations.lanes import wake_lanes
from core_router.queries.hooks import hook_row
from identity import api as identity
from waddlebot.lib.cache import announce
from waddlebot.lib.errors import ConflictError, NotFoundError
from waddlebot.lib.locks import hold

MOST_HOOKS: Final = 50


class TooManyHooksError(ConflictError):
    code = "too_many_hooks"


@dataclass(frozen=True, slots=True)
class HookWish:
    """All that can be said of an event hook."""

    message_types: Sequence[str]
    engine: EngineWish
    mode: str = "parallel"
    priority: int = 100
    enabled: bool = True


def add_hook(*, community_id: int, wish: HookWish, actor: str, now: datetime) -> EventHook:
    with transaction.atomic():
        _lock(community_id)
        if EventHook.objects.filter(community_id=community_id).count() >= MOST_HOOKS:
            raise TooManyHooksError(f"A community has at most {MOST_HOOKS} event hooks.")
        engine = save_engine(community_id=community_id, wish=wish.engine, now=now)
        row = EventHook(community_id=community_id, engine=engine, created_at=now, **_fields(wish))
        row.save(force_insert=True)
        _tell(row, "event_hook.added", actor, now, after=wish)
    return row


def change_hook(
    *, community_id: int, hook_id: int, changes: Mapping[str, Any], actor: str, now: datetime
) -> EventHook:
    """Change the named fields of a HookWish. What waits is sent at once, if it is enabled."""
    with transaction.atomic():
        _lock(community_id)
        row = hook_row(community_id=community_id, hook_id=hook_id)
        before = wish_of(row)
        after = replace(before, **changes)
        for name, value in _fields(after).items():
            setattr(row, name, value)
        if "engine" in changes:
            save_engine(community_id=community_id, wish=after.engine, row=row.engine, now=now)
        if "engine" in changes or (after.enabled and not before.enabled):
            row.disabled_because, row.failing_since = "", None
        row.save()
        if after.enabled:
            wake_lanes(row.engine_id, now=now)
        _tell(row, "event_hook.changed", actor, now, before=before, after=after)
    return row


def remove_hook(*, community_id: int, hook_id: int, actor: str, now: datetime) -> None:
    """Remove a hook, and what it is still owed."""
    with transaction.atomic():
        _lock(community_id)
        row = hook_row(community_id=community_id, hook_id=hook_id)
        _tell(row, "event_hook.removed", actor, now, before=wish_of(row))
        remove_engine(row.engine_id)


def renew_secret(
    *, community_id: int, hook_id: int, overlap_s: int, actor: str, now: datetime
) -> EventHook:
    """Give a hook's engine a new secret, shown this once. Raises NotFoundError."""
    with transaction.atomic():
        _lock(community_id)
        row = hook_row(community_id=community_id, hook_id=hook_id)
        if row.engine.type not in SIGNED:
            raise NotFoundError("This hook is told by nothing that we sign for.")
        rotate_secret(row.engine, overlap_s=overlap_s, now=now)
        wish = wish_of(row)
        _tell(row, "event_hook.secret_rotated", actor, now, before=wish, after=wish)
    return row


def disable_hook(*, hook_id: int, because: str, now: datetime) -> bool:
    """Stop telling a hook that fails, and tell the owners; return whether it was on till now."""
    with transaction.atomic():
        row = EventHook.objects.select_related("engine").filter(pk=hook_id, enabled=True).first()
        if row is None:
            return False
        _lock(row.community_id)
        changed = EventHook.objects.filter(pk=hook_id, enabled=True)
        if not changed.update(enabled=False, disabled_because=because, updated_at=now):
            return False
        before = wish_of(row)
        after = replace(before, enabled=False)
        _tell(row, "event_hook.disabled", "system", now, before=before, after=after)
        identity.write_to_owners(
            community_id=row.community_id,
            subject="An event hook was switched off",
            text=(
                f"Event hook {row.pk} of your community was switched off: {because}\n\n"
                "What it has not been told yet is kept for three days, "
                "and sent when you switch it on again.\n"
            ),
        )
    return True


def wish_of(row: EventHook) -> HookWish:
    return HookWish(
        message_types=list(row.message_types),
        engine=engines.wish_of(row.engine),
        mode=row.mode,
        priority=row.priority,
        enabled=row.enabled,
    )


def _lock(community_id: int) -> None:
    hold("event hooks of", community_id)


def _fields(wish: HookWish) -> dict[str, Any]:
    names = ("mode", "priority", "enabled")
    return {
        "message_types": sorted(set(wish.message_types)),
        **{name: getattr(wish, name) for name in names},
    }


def _tell(
    row: EventHook,
    action: str,
    actor: str,
    now: datetime,
    *,
    before: HookWish | None = None,
    after: HookWish | None = None,
) -> None:
    announce("hooks", str(row.community_id))
    identity.record(
        category="audit",
        action=action,
        actor=actor,
        community_id=row.community_id,
        target=f"event_hook:{row.pk}",
        details={"before": _told(before), "after": _told(after)},
        now=now,
    )


def _told(wish: HookWish | None) -> dict[str, Any] | None:
    if wish is None:
        return None
    return {**_fields(wish), "engine": engines.told(wish.engine)}
