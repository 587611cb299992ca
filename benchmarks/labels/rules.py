"""Rules over a whole community: tried, run, run again, and waked for those who chat."""

import argparse
from collections.abc import Callable, Iterator, Mapping
from statistics import median
from time import perf_counter
from typing import Any, Final

from benchmarks._servers import backing, temporary_folder
from benchmarks._table import show, verdict
from benchmarks.labels._crowd import AT_ONCE, PEOPLE, Crowd, gather

ACTIVE_DAYS: Final = 10
STREAMS: Final = 12
PREVIEW_MS: Final = 3000
WAKE_MS: Final = 1000

# One in two wrote enough; one in ten subscribes; everybody was there on some days.
WROTE: Final = """
UPDATE memberships SET messages = user_id %% 200, reputation = user_id %% 5000,
    joined_at = now() - interval '1 day' * (user_id %% 60) WHERE community_id = %(place)s
"""
DAYS: Final = """
INSERT INTO reputation_days (community_id, user_id, day, reason, events, points)
SELECT %(place)s, user_id, current_date - (3 * number + user_id %% 3)::int, 'chatMessage', 5, 25
FROM memberships, generate_series(0, %(days)s - 1) AS number
WHERE community_id = %(place)s AND role = 0
"""
STREAMED: Final = """
INSERT INTO reputation_days (community_id, user_id, day, reason, events, points)
SELECT %(place)s, %(owner)s, current_date - 3 * number, 'stream_online', 1, 10
FROM generate_series(1, %(streams)s) AS number
"""
SUBSCRIBED: Final = """
INSERT INTO subscriber_sightings (community_id, user_id, platform, seen_on)
SELECT %(place)s, user_id, 'twitch', current_date - (user_id %% 60)::int
FROM memberships WHERE community_id = %(place)s AND user_id %% 10 = 0
"""


def _fact(name: str, value: int) -> dict[str, Any]:
    return {"fact": name, "op": ">=", "value": value}


MESSAGES: Final = _fact("messages", 100)
REGULAR: Final = {"all": [MESSAGES, _fact("member_days", 30), _fact("active_days", 3)]}
RULES: Final[Mapping[str, dict[str, Any]]] = {
    "100 messages": MESSAGES,
    "100 messages, a member for 30 days, there on 3 of 30": REGULAR,
    "there on 5 of the last 30 days": _fact("active_days", 5),
    "subscribed": {"fact": "subscribed", "op": "==", "value": True},
    "in 3 streams in a row": _fact("watch_streak", 3),
    "known for 30 days and holds no label0": {
        "all": [_fact("account_age_days", 0), {"not": {"label": "label0"}}]
    },
}


def main() -> None:
    options = _options()
    with temporary_folder() as folder, backing(folder) as env:
        crowd = gather(env)
        _furnish(crowd)
        rows = [row for measure in (_previews, _runs, _wakes) for row in measure(crowd, options)]
    note = f"One community of {PEOPLE:,}, {ACTIVE_DAYS * PEOPLE:,} days of theirs; medians."
    show("labels by rules", ("", "ms", "a second", "target"), rows, note)


def _furnish(crowd: Crowd) -> None:
    from django.db import connection

    from identity.models import Membership

    owner = Membership.objects.get(community_id=crowd.community_id, role=4).user_id
    values = {
        "place": crowd.community_id,
        "owner": owner,
        "days": ACTIVE_DAYS,
        "streams": STREAMS,
    }
    with connection.cursor() as cursor:
        for statement in (WROTE, DAYS, STREAMED, SUBSCRIBED):
            cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")


def _previews(crowd: Crowd, options: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    from django.db import transaction
    from django.utils import timezone

    from labels.operations.rules import RuleWish, judge_for
    from labels.queries.rules.preview import preview

    for name, conditions in RULES.items():
        wish = RuleWish(label="label1", conditions=conditions)
        judge = judge_for(community_id=crowd.community_id, wish=wish)

        @transaction.atomic
        def tried(judge: Any = judge) -> int:
            return sum(preview(judge, timezone.now()).counts.values())

        times = [_timed(tried) for _ in range(options.rounds)]
        yield _row(f"tried: {name}", times, PEOPLE, PREVIEW_MS)


def _runs(crowd: Crowd, _: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    from django.utils import timezone

    from labels.models import LabelRule, RuleRun, UserLabel
    from labels.operations.rules import RuleWish, add_rule, remove_rule, run_rules

    def run() -> int:
        return run_rules(clock=timezone.now)

    wish = RuleWish(label="label2", conditions=REGULAR, name="regular", removes=True)
    rule = add_rule(community_id=crowd.community_id, wish=wish, actor="bench", now=timezone.now())
    yield _row("run, the first time", [_timed(run)], RuleRun.objects.get().added)
    LabelRule.objects.update(due_at=timezone.now())
    yield _row("run again, nothing to do", [_timed(run)], PEOPLE, PREVIEW_MS)
    held = UserLabel.objects.filter(label_id=rule.label_id, ended_at=None).count()
    remove_rule(rule_id=rule.pk, take=True, actor="bench", now=timezone.now())
    yield _row("removed, with all that it gave", [_timed(run)], held)


def _wakes(crowd: Crowd, options: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    from django.utils import timezone

    from labels.operations.rules import RuleWish, add_rule, answer_wakes, wake

    for number, conditions in enumerate(RULES.values()):
        wish = RuleWish(
            label=f"label{3 + number}", conditions=conditions, name=str(number), enabled=False
        )
        add_rule(community_id=crowd.community_id, wish=wish, actor="bench", now=timezone.now())
    from labels.models import LabelRule

    LabelRule.objects.update(enabled=True)
    people = range(crowd.first_user, crowd.first_user + AT_ONCE)

    def answer() -> int:
        wake(crowd.community_id, people, timezone.now())
        return answer_wakes(clock=timezone.now)

    name = f"{AT_ONCE:,} who chatted, {len(RULES)} rules"
    yield _row(f"{name}, labels given", [_timed(answer)], AT_ONCE, WAKE_MS)
    times = [_timed(answer) for _ in range(options.rounds)]
    yield _row(f"{name}, nothing to do", times, AT_ONCE, WAKE_MS)


def _timed(work: Callable[[], int]) -> float:
    started = perf_counter()
    if not work():
        raise RuntimeError("nothing was done")
    return (perf_counter() - started) * 1000


def _row(name: str, times: list[float], people: int, most_ms: int = 0) -> tuple[str, ...]:
    ms = median(times)
    target = f"{verdict(ms <= most_ms)} ≤ {most_ms:,} ms" if most_ms else ""
    return name, f"{ms:,.0f}", f"{people / ms * 1000:,.0f}", target


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks labels --only rules", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    main()
