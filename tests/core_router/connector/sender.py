"""A process that sends until it is killed: `sender.py SECONDS`, so far ahead of the clock."""

import sys
import time
from datetime import timedelta

import django

django.setup()

from django.utils import timezone  # noqa: E402

from core_router.pipeline.senders import send  # noqa: E402

AHEAD = timedelta(seconds=float(sys.argv[1]))

while True:
    send(clock=lambda: timezone.now() + AHEAD)
    time.sleep(0.01)
