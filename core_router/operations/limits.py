"""Changes to the limits all commands of a community share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.forms.models import model_to_dict

from core_router.models import RateLimit
from core_router.queries.limits import limit_row
from identity import api as identity
from labels.data import Requirement
from waddlebot.lib.cache import announce
from waddlebot.lib.errors import ConflictError

ANYBODY: Final = Requirement()


class LimitExistsError(ConflictError):
    code = "limit_exists"


@dataclass(frozen=True, slots=True)
class LimitWish:
    scope: str
    count: int
    window_s: int
    exempt: Requirement = ANYBODY


def add_limit(*, community_id: int, wish: LimitWish, actor: str, now: datetime) -> RateLimit:
    """Raises `LimitExistsError`: a community has one limit a scope."""
    try:
        with transaction.atomic():
            row = RateLimit.objects.create(
                community_id=community_id,
                scope=wish.scope,
                count=wish.count,
                window_s=wish.window_s,
                min_role=wish.exempt.min_role,
                any_label=sorted(wish.exempt.any_label),
                created_at=now,
            )
            _tell("limit.added", row, ({}, _facts(row)), actor, now)
    except IntegrityError:
        detail = f"This community has a limit a {wish.scope} already: change that one."
        raise LimitExistsError(detail) from None
    return row


def change_limit(
    *, community_id: int, limit_id: int, changes: Mapping[str, Any], actor: str, now: datetime
) -> RateLimit:
    with transaction.atomic():
        row = limit_row(community_id=community_id, limit_id=limit_id)
        before = _facts(row)
        row.count = changes.get("count", row.count)
        row.window_s = changes.get("window_s", row.window_s)
        if "exempt" in changes:
            row.min_role = changes["exempt"].min_role
            row.any_label = sorted(changes["exempt"].any_label)
        row.save()
        _tell("limit.changed", row, (before, _facts(row)), actor, now)
    return row


def remove_limit(*, community_id: int, limit_id: int, actor: str, now: datetime) -> None:
    with transaction.atomic():
        row = limit_row(community_id=community_id, limit_id=limit_id)
        _tell("limit.removed", row, (_facts(row), {}), actor, now)
        row.delete()


def _facts(row: RateLimit) -> dict[str, Any]:
    return model_to_dict(row, ["scope", "count", "window_s", "min_role", "any_label"])


def _tell(
    action: str,
    row: RateLimit,
    change: tuple[dict[str, Any], dict[str, Any]],
    actor: str,
    now: datetime,
) -> None:
    announce("limits", str(row.community_id))
    identity.record(
        category="audit",
        action=action,
        actor=actor,
        community_id=row.community_id,
        target=f"limit:{row.scope}",
        details={"before": change[0], "after": change[1]},
        now=now,
    )
