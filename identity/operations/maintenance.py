"""What is done in identity without anybody asking, each job counted under its name.

All of it may run twice, at once or never for a day: each job looks for what is due.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from django.db import InterfaceError, OperationalError

from identity.models import VerificationCode
from identity.operations import (
    erasing,
    exporting,
    key_reminders,
    link_requests,
    merging,
    reputation,
    unseen,
)
from waddlebot.lib.metrics import maintained

logger = logging.getLogger(__name__)

CODES_KEPT: Final = timedelta(days=1)
A_RUN: Final = 10_000


def forget_codes(*, now: datetime) -> int:
    """Forget sign-in links that ended a day ago."""
    ended = VerificationCode.objects.filter(expires_at__lt=now - CODES_KEPT)
    return VerificationCode.objects.filter(pk__in=ended.values("pk")[:A_RUN]).delete()[0]


JOBS: Final[Mapping[str, Callable[..., int]]] = MappingProxyType({
    "codes": forget_codes,
    "link_requests": link_requests.tidy,
    "exports": exporting.tidy_exports,
    "late_rows": merging.gather_late_rows,
    "merges": merging.tidy_merges,
    "reputation_flushes": reputation.forget_flushes,
    "erasures": erasing.erase_due,
    "key_reminders": key_reminders.send_due,
    "unseen_people": unseen.forget_unseen,
})  # fmt: skip
SELDOM: Final = frozenset({"unseen_people"})
"""What looks at every row there is."""


def tidy(*, now: datetime) -> dict[str, int]:
    """Do all that is cheap to look for; return how many rows each job has dealt with."""
    return run(JOBS.keys() - SELDOM, now=now)


def run(names: Iterable[str], *, now: datetime) -> dict[str, int]:
    """Do the named jobs. One that fails holds no other up; the next run tries it again."""
    done, started = {}, time.perf_counter()
    for name in sorted(names):
        try:
            done[name] = JOBS[name](now=now)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("A maintenance job failed", extra={"job": name})
            continue
        maintained(job=name, rows=done[name])
    if any(done.values()):
        seconds = round(time.perf_counter() - started, 3)
        logger.info("Maintenance done", extra={"rows": done, "seconds": seconds})
    return done
