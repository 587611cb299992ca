"""What a rule would do, counted, with some of those it concerns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Count

from identity import api as identity
from labels.queries.rules.verdicts import Judge, Verdict, judged, verdicts

MOST_SAMPLES: Final = 10
TIMEOUT_MS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Preview:
    """So many would gain the label, lose it, or not get it; and who the first of them are."""

    counts: Mapping[Verdict, int]
    samples: Mapping[Verdict, Sequence[Mapping[str, Any]]]


def preview(judge: Judge, now: datetime) -> Preview:
    """Ask what the rule would do now. Call it in a transaction: it bounds the time it takes."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {TIMEOUT_MS}")
    # Everybody is judged once: a filter would judge those it lets through again.
    everybody = judged(judge, now).order_by().values("verdict").annotate(people=Count("*"))
    counted = {row["verdict"]: row["people"] for row in everybody}
    counts = {verdict: counted.get(verdict.value, 0) for verdict in Verdict}
    samples = {
        verdict: _people(verdicts(judge, now).filter(verdict=verdict.value))
        for verdict in (Verdict.GAIN, Verdict.LOSE)
        if counts[verdict]
    }
    return Preview(counts, samples)


def _people(found: Any) -> list[dict[str, Any]]:
    ids = list(found.order_by("user_id").values_list("user_id", flat=True)[:MOST_SAMPLES])
    people = map(identity.person_by_id, ids)
    return [{"id": each.public_id, "name": each.name} for each in people if each]
