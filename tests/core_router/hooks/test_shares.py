"""One module that is slow has not all the couriers of a process."""

from contextlib import ExitStack

import pytest
from django.utils import timezone
from pytest_django import Settings

from core_router.models import DeliveryLane
from core_router.operations.lanes import claim_lane
from core_router.pipeline.couriers import Shares
from tests.core_router.conftest import Door, line
from tests.core_router.hooks.conftest import Told as Add

SLOW, BUSY = 1, 2


@pytest.fixture
def shares(settings: Settings) -> Shares:
    settings.ROUTER_MAX_WORKERS = 8
    return Shares()


def test_half_are_for_one(shares: Shares) -> None:
    with ExitStack() as hands:
        for _ in range(3):
            hands.enter_context(shares.serving(SLOW))
        assert shares.served() == []

        hands.enter_context(shares.serving(SLOW))
        assert shares.served() == [SLOW]

    assert shares.served() == []


def test_the_last_quarter_is_for_those_nobody_serves(shares: Shares) -> None:
    with ExitStack() as hands:
        for engine in (SLOW, SLOW, SLOW, BUSY, BUSY, BUSY):
            hands.enter_context(shares.serving(engine))

        assert set(shares.served()) == {SLOW, BUSY}


@pytest.mark.django_db
def test_a_lane_of_who_has_enough_waits(door: Door, told: Add) -> None:
    told("follow")
    door.post("/router/v1/events", line(message_type="follow", event_id="f1"))
    served = [DeliveryLane.objects.get().engine_id]

    assert claim_lane(now=timezone.now(), served=served) is None
    assert claim_lane(now=timezone.now()) is not None
