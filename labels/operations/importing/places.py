"""A few imports at a time for each community, and one for each Idempotency-Key."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from labels.models import Job
from labels.operations.importing.order import ImportOrder
from labels.queries.jobs import IN_WORK
from waddlebot.lib.idempotency import KEEP_S, InProgressError
from waddlebot.lib.locks import hold
from waddlebot.lib.problems import RateLimitedError

AT_ONCE: Final = 3
KEYS_KEPT: Final = timedelta(seconds=KEEP_S)


class TooManyImportsError(RateLimitedError):
    code = "too_many_imports"

    def __init__(self) -> None:
        detail = f"{AT_ONCE} imports are in work here already: wait until one has ended."
        super().__init__(detail, retry_after_s=30)


@dataclass(frozen=True, slots=True)
class Place:
    """The job of an upload; `is_taken_before` when its Idempotency-Key came before."""

    job: Job
    is_taken_before: bool = False


def take_place(order: ImportOrder, key: str, *, until: datetime, now: datetime) -> Place:
    """Return a new job that waits for its file `until` then, or the first one of the key."""
    params = {
        "kind": order.kind.value,
        "removes": order.removes,
        "is_trial": order.is_trial,
        "asker_id": order.asker_id,
    }
    with transaction.atomic():
        hold_places(order.community_id, now)
        if key and (first := _first_of(order, key, now)):
            return Place(first, is_taken_before=True)
        refuse_too_many(order.community_id)
        job = Job.objects.create(
            community_id=order.community_id,
            actor=order.actor,
            params=params,
            idempotency_key=key,
            created_at=now,
            due_at=until,
        )
    return Place(job)


def hold_places(community_id: int, now: datetime) -> None:
    """See to it that nobody else takes a place here, and free those of lost uploads."""
    hold("imports", community_id)
    lost = Job.objects.filter(community_id=community_id, state=Job.State.UPLOADING)
    lost.filter(due_at__lte=now).delete()


def refuse_too_many(community_id: int) -> None:
    """Return when one more import may be in work; the places are held."""
    here = Job.objects.filter(community_id=community_id)
    if here.filter(state__in=(Job.State.UPLOADING, *IN_WORK)).count() >= AT_ONCE:
        raise TooManyImportsError


def _first_of(order: ImportOrder, key: str, now: datetime) -> Job | None:
    mine = Job.objects.filter(community_id=order.community_id, actor=order.actor)
    mine.filter(idempotency_key=key, created_at__lte=now - KEYS_KEPT).update(idempotency_key="")
    first = mine.filter(idempotency_key=key).first()
    if first and first.state == Job.State.UPLOADING:
        raise InProgressError
    return first
