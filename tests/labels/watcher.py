"""Another process: of each line it reads, `community user permission`, it says if they may."""

import sys
import time

import django

django.setup()

from django.utils import timezone  # noqa: E402

from labels import api as labels  # noqa: E402
from waddlebot.lib.cache import ear  # noqa: E402

ear.listen()
if sys.argv[1:] == ["with Redis"]:
    # From now on its memory is trusted for long.
    deadline = time.monotonic() + 10
    while not ear._trusted_until and time.monotonic() < deadline:
        time.sleep(0.01)

for line in sys.stdin:
    community_id, user_id, permission = line.split()
    decision = labels.check(
        community_id=int(community_id),
        user_id=int(user_id),
        permission=permission,
        now=timezone.now(),
    )
    print("may" if decision.allowed else "may not", flush=True)  # noqa: T201
