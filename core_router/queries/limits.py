"""The limits all commands of a community share, in memory."""

from django.db.models import QuerySet

from core_router.data import Limit
from core_router.models import RateLimit
from labels.data import Requirement
from waddlebot.lib.cache import LocalCache
from waddlebot.lib.errors import NotFoundError


def shared_limits(community_id: int) -> tuple[Limit, ...]:
    return _limits.get(str(community_id))


def limit_rows(community_id: int) -> QuerySet[RateLimit]:
    return RateLimit.objects.filter(community_id=community_id)


def limit_row(*, community_id: int, limit_id: int) -> RateLimit:
    """Raises NotFoundError: unknown, or not yours."""
    row = limit_rows(community_id).filter(pk=limit_id).first()
    if row is None:
        raise NotFoundError
    return row


def _load(community_id: str) -> tuple[Limit, ...]:
    return tuple(
        Limit(
            row.count,
            row.window_s,
            row.scope,
            is_shared=True,
            exempt=Requirement(min_role=row.min_role, any_label=frozenset(row.any_label)),
        )
        for row in limit_rows(int(community_id)).order_by("id")
    )


_limits = LocalCache("limits", _load)
