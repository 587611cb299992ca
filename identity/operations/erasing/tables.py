"""What is done to each place that tells of somebody who is erased, and the receipt of it."""

from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password

from identity.models import Community, User, new_public_id
from identity.queries.personal import owned
from identity.registry import (
    Departure,
    OnErasure,
    PersonalTable,
    personal_tables,
    personal_traces,
)
from waddlebot.lib.ids import random_base62

Receipt = list[dict[str, Any]]


def wipe(departure: Departure) -> Receipt:
    """Clean every place of the registry, in the caller's transaction."""
    # The traces first: some are found by rows that the tables lose.
    receipt = [*_traces(departure), _communities(departure), *_tables(departure)]
    for user_id in departure.user_ids:
        _blank(user_id, departure.now)
    return receipt


def _traces(departure: Departure) -> Receipt:
    return [
        _line(trace.app, trace.name, trace.erase(departure), trace.action)
        for trace in personal_traces()
        if trace.erase
    ]


def _communities(departure: Departure) -> dict[str, Any]:
    closed = Community.objects.filter(pk__in=departure.closed_ids)
    deleted = closed.delete()[1].get(Community._meta.label, 0)  # noqa: SLF001 - documented
    return _line("identity", "communities", deleted, OnErasure.DELETE)


def _tables(departure: Departure) -> Receipt:
    return [
        _line(table.app, table.name, _clean(table, departure), table.on_erasure)
        for table in personal_tables()
    ]


def _clean(table: PersonalTable, departure: Departure) -> int:
    rows = owned(table, departure.user_ids)
    if table.within_communities:
        rows = rows.filter(community_id__in=departure.community_ids)
    match table.on_erasure:
        case OnErasure.DELETE:
            return rows.delete()[1].get(table.model._meta.label, 0)  # noqa: SLF001 - documented
        case OnErasure.UNLINK:
            return rows.update(**{table.column: None})
    return rows.count()


def _blank(user_id: int, now: datetime) -> None:
    """Leave the number alone. The public id goes too: others may have written it down."""
    User.objects.filter(pk=user_id).update(
        username=f"erased-{random_base62(22)}",
        public_id=new_public_id(),
        password=make_password(None),
        display_name="",
        first_name="",
        last_name="",
        email="",
        is_active=False,
        is_staged=False,
        last_login=None,
        erased_at=now,
    )


def _line(app: str, what: str, rows: int, action: OnErasure) -> dict[str, Any]:
    return {"app": app, "what": what, "rows": rows, "action": str(action)}
