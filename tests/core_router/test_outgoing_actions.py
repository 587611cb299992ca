"""What no collector waited for is kept for it, in order."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core_router import tasks
from core_router.models import OutgoingAction
from core_router.operations.outgoing import KEPT
from core_router.queries.personal import actions_on
from identity.models import Community
from identity.operations.erasing import erase_due, request_erasure
from tests import make
from tests.client import Api
from tests.core_router.conftest import Door, line

pytestmark = pytest.mark.django_db

EVENTS = "/router/v1/events"
RULES = "/router/v1/communities/rookery/rules"
LATER = {"prefer": "respond-async"}
RUDE = {"name": "rude", "pattern": "rude", "match": "word", "actions": [{"type": "delete"}]}


def test_actions_of_a_queued_event_wait_in_the_order_of_the_events(
    door: Door, rookery: Community
) -> None:
    make.command(rookery, "hail")
    sent = [door.post(EVENTS, line("!hail"), **LATER).json() for _ in range(3)]

    tasks.process_queue()

    waiting = OutgoingAction.objects.order_by("id")
    assert [str(row.execution_id) for row in waiting] == [each["execution_id"] for each in sent]
    assert {row.entity for row in waiting} == {"twitch+rookery"}
    assert waiting[0].action == {"type": "chat", "text": "This is hail.", "handled": False}


def test_a_line_that_calls_nothing_leaves_nothing(door: Door, rookery: Community) -> None:
    door.post(EVENTS, line("just chat"), **LATER)

    tasks.process_queue()

    assert not OutgoingAction.objects.exists()


def test_they_are_kept_for_a_day(door: Door, rookery: Community) -> None:
    make.command(rookery, "hail")
    door.post(EVENTS, line("!hail"), **LATER)

    tasks.process_queue()

    left = OutgoingAction.objects.get().expires_at - timezone.now()
    assert KEPT - timedelta(minutes=1) < left <= KEPT


def test_they_go_with_whom_they_are_about(door: Door, api: Api) -> None:
    bob = make.user("bob")
    make.link(bob, "twitch", "42")
    api.post(RULES, RUDE)
    for user_id in ("42", "43"):
        door.post(EVENTS, line("rude", user_id=user_id, user_name=f"n{user_id}"), **LATER)
    tasks.process_queue()

    handed_out = list(actions_on(bob.pk))
    request_erasure(user_id=bob.pk, actor="system", now=timezone.now())
    erase_due(now=timezone.now() + timedelta(days=8))

    assert [row["action"]["user_id"] for row in handed_out] == ["42"]
    assert [row.action["user_id"] for row in OutgoingAction.objects.all()] == ["43"]
