"""Celery envelopes of the router."""

from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down
from django.utils import timezone

from core_router.operations import deliveries, endings, inbox, outgoing, upkeep, usage
from core_router.operations.nudge import ACTIONS, CONNECTIONS, DELIVERIES, nudge_arrived
from core_router.operations.outgoing_lanes import find_lanes
from core_router.operations.place_codes import forget_codes
from core_router.pipeline.couriers import couriers
from core_router.pipeline.queued import work
from core_router.pipeline.senders import senders
from waddlebot import platforms


@shared_task(ignore_result=True)
def process_queue(**_: Any) -> None:
    """Process events accepted with `respond-async`; beat sends it too, should a nudge be lost."""
    nudge_arrived()
    inbox.drain(work, clock=timezone.now)


@shared_task(ignore_result=True)
def forget_finished_events(**_: Any) -> None:
    now = timezone.now()
    inbox.forget_finished(now=now)
    deliveries.tidy(now=now)
    usage.drop_old_usage(now=now)


@shared_task(ignore_result=True)
def deliver_events(**_: Any) -> None:
    """Tell engines what they are owed; beat sends it too, for what is due again by now."""
    nudge_arrived(DELIVERIES)
    couriers.hire()


@worker_shutting_down.connect
def close_couriers(**_: Any) -> None:
    couriers.close()
    for each in senders:
        each.close()


@shared_task(ignore_result=True)
def keep_connections(**_: Any) -> None:
    """Look at the connections that are due; those of a moment ago are due at once."""
    nudge_arrived(CONNECTIONS)
    upkeep.keep_connections(clock=timezone.now)


@shared_task(ignore_result=True)
def send_actions(**_: Any) -> None:
    """Do on the platforms what waits to be done; beat sends it too, for what is due by now."""
    nudge_arrived(ACTIONS)
    for each in senders:
        each.hire()


@shared_task(ignore_result=True)
def end_overdue(**_: Any) -> None:
    """End the calls that nobody answers any more, and the actions that nobody has fetched.

    What waits to be sent and nobody knows of is found, too.
    """
    now = timezone.now()
    find_lanes(now=now)
    forget_codes(now=now)
    endings.end_overdue(now=now)
    outgoing.expire_actions(now=now)


@shared_task(ignore_result=True)
def count_usage(**_: Any) -> None:
    """Count what has ended; whatever dies in the middle, each execution is counted once."""
    usage.count_usage(now=timezone.now())


@shared_task(ignore_result=True)
def say_in_private(platform: str, account_id: str, text: str) -> None:
    """Answer somebody who has written to the bot alone."""
    member = platforms.platform(platform)
    if member is not None:
        member.send_direct_message(account_id=account_id, text=text)
