"""A process that delivers until it is killed: `courier.py SECONDS`, so far ahead of the clock."""

import sys
import time
from datetime import timedelta

import django

django.setup()

from django.utils import timezone  # noqa: E402

from core_router.pipeline.couriers import deliver  # noqa: E402

AHEAD = timedelta(seconds=float(sys.argv[1]))

while True:
    deliver(clock=lambda: timezone.now() + AHEAD)
    time.sleep(0.01)
