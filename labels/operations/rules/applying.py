"""Doing to some people what a rule says, and counting it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import F, QuerySet

from identity import api as identity
from labels.data import Giver, Kind, Pin, Result, Source, Status
from labels.models import LabelRule, RuleRun, UserLabel
from labels.operations.assigning import assign, remove
from labels.queries.rules.verdicts import Judge, Verdict, given_by, verdicts

AT_A_LOOK: Final = 50_000
"""So many people are judged in one statement: everybody of a large community would take long."""

Found = Sequence[tuple[int, Verdict]]


@dataclass(frozen=True, slots=True)
class Look:
    """What was found among some people, and the last of them; None when there are no more."""

    found: Found
    last: int | None


@dataclass(frozen=True, slots=True)
class Counts:
    added: int = 0
    removed: int = 0
    suppressed: int = 0
    blocked: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    def raised(self) -> dict[str, Any]:
        """Return what to add to the columns of a run."""
        return {name: F(name) + count for name, count in asdict(self).items()}


def look_at(rule: LabelRule, user_ids: Collection[int], now: datetime) -> Found:
    """Return what a rule would do with these people."""
    return _read(verdicts(Judge.of(rule), now).filter(user_id__in=list(user_ids)))


def look_after(rule: LabelRule, user_id: int, most: int, now: datetime) -> Look:
    """Return what a rule would do with the next people, by their ids."""
    people = identity.member_facts(community_id=rule.community_id, facts={}, now=now)
    ids = people.filter(user_id__gt=user_id).order_by("user_id").values_list("user_id", flat=True)
    furthest = ids[AT_A_LOOK : AT_A_LOOK + 1].first()
    found = verdicts(Judge.of(rule), now).filter(user_id__gt=user_id)
    if furthest is not None:
        found = found.filter(user_id__lte=furthest)
    return _look(_read(found.order_by("user_id")[:most]), most, furthest)


def holders_after(rule: LabelRule, user_id: int, most: int) -> Look:
    """The same for those who hold what a rule gave, all of whom are to lose it."""
    given = UserLabel.objects.filter(given_by(rule.pk), label=rule.label_id, ended_at=None)
    ids = given.filter(user_id__gt=user_id).order_by("user_id").values_list("user_id", flat=True)
    return _look([(each, Verdict.LOSE) for each in ids[:most]], most, None)


def _look(found: Found, most: int, furthest: int | None) -> Look:
    return Look(found, found[-1][0] if len(found) == most else furthest)


def carry_out(rule: LabelRule, found: Found, now: datetime) -> Counts:
    """Give and take. What people gave or took meanwhile stays as they want it."""
    said: dict[Verdict, list[int]] = {verdict: [] for verdict in Verdict}
    for user_id, verdict in found:
        said[verdict].append(user_id)
    given = _do(assign, rule, said[Verdict.GAIN], now)
    taken = _do(remove, rule, said[Verdict.LOSE], now)
    return Counts(
        added=_count(given, Status.CREATED, Status.REPLACED),
        removed=_count(taken, Status.REMOVED),
        suppressed=len(said[Verdict.SUPPRESSED]),
        # Among them those who hold as many labels as they may.
        blocked=len(said[Verdict.BLOCKED]) + _count(given, Status.ERROR, Status.UNCHANGED),
    )


def note(rule: LabelRule, counts: Counts, now: datetime) -> None:
    """Write what was done for those to whom something happened into the row of the day."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    today = RuleRun.objects.filter(rule=rule, trigger=RuleRun.Trigger.EVENT, started_at__gte=day)
    if not today.update(**counts.raised(), finished_at=now):
        RuleRun.objects.create(
            rule=rule,
            trigger=RuleRun.Trigger.EVENT,
            state=RuleRun.State.DONE,
            started_at=now,
            finished_at=now,
            **asdict(counts),
        )


def giver_of(rule: LabelRule) -> Giver:
    return Giver(f"rule:{rule.pk}", Source.RULE, str(rule.pk))


def _do(
    operation: Callable[..., list[Result]], rule: LabelRule, user_ids: Sequence[int], now: datetime
) -> list[Result]:
    if not user_ids:
        return []
    return operation(
        community_id=rule.community_id,
        kind=Kind.USER,
        pins=[Pin(rule.label_id, user_id, reason=rule.name) for user_id in user_ids],
        giver=giver_of(rule),
        now=now,
    )


def _read(found: "QuerySet[Any, Any]") -> Found:
    return [(row["user_id"], Verdict(row["verdict"])) for row in found]


def _count(results: Sequence[Result], *statuses: Status) -> int:
    return sum(result.status in statuses for result in results)
