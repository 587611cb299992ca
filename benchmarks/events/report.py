"""From samples to one table: medians, ratios, and whether the targets are reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks._load import Sample
from benchmarks._table import show, verdict
from benchmarks.events.cases import MOST_MEMORY_MB, PRODUCT, REFERENCES, STATED_AT, Case

COLUMNS = (
    "case", "door", "conn.", "events/s", "p50 ms", "p99 ms", "CPU µs", "MB", "of ref.",
    "load", "target",
)  # fmt: skip


@dataclass
class Results:
    """What every round found, by case and connections; `in_process` in events a second."""

    samples: dict[tuple[str, int], list[Sample]] = field(default_factory=dict)
    in_process: dict[str, list[float]] = field(default_factory=dict)
    memory_mb: dict[str, float] = field(default_factory=dict)

    def middle(self, key: str, connections: int) -> Sample | None:
        found = self.samples.get((key, connections))
        if not found:
            return None
        return Sample(
            events_s=median(sample.events_s for sample in found),
            p50_ms=median(sample.p50_ms for sample in found),
            p99_ms=median(sample.p99_ms for sample in found),
            cpu_us=median(sample.cpu_us for sample in found),
            load_share=median(sample.load_share for sample in found),
        )

    def share(self, case: Case, connections: int) -> float | None:
        """Return the median over the rounds of case ÷ reference, each within one round."""
        if case.in_process:
            beside = self.in_process.get(case.in_process, [])
        else:
            samples = self.samples.get((case.reference, connections), [])
            beside = [sample.events_s for sample in samples]
        own = self.samples.get((case.key, connections), [])
        shares = [mine.events_s / other for mine, other in zip(own, beside, strict=False)]
        return median(shares) if shares else None


def print_table(results: Results, connections: Sequence[int], *, facts: str) -> None:
    rows: list[Sequence[str]] = []
    for group in (REFERENCES, PRODUCT):
        for case in group:
            rows += [row for number in connections if (row := _row(results, case, number))]
        rows.append(())
    rows += _pipeline_rows(results.in_process)
    note = (
        "CPU: of the web process, for each event. MB: its memory after the last round.\n"
        "of ref.: beside the reference of the same round. load: the generator's use of its core;\n"
        "near 100 % it, and not the server, sets the pace."
    )
    show(f"events: {facts}", COLUMNS, rows, note)


def _row(results: Results, case: Case, connections: int) -> Sequence[str]:
    found = results.middle(case.key, connections)
    if found is None:
        return ()
    share = results.share(case, connections)
    memory = results.memory_mb.get(case.server, 0)
    return (
        case.name,
        case.server,
        str(connections),
        f"{found.events_s:,.0f}",
        f"{found.p50_ms:.1f}",
        f"{found.p99_ms:.1f}",
        f"{found.cpu_us:.0f}",
        f"{memory:.0f}",
        f"{share:.0%}" if share is not None else "",
        f"{found.load_share:.0%}",
        _targets(case, found, share, memory) if connections == STATED_AT else "",
    )


def _targets(case: Case, found: Sample, share: float | None, memory: float) -> str:
    if not case.least_events_s:
        return ""
    said = [f"{verdict(found.events_s >= case.least_events_s)} ≥ {case.least_events_s:,.0f}/s"]
    if case.most_p99_ms:
        said.append(f"{verdict(found.p99_ms <= case.most_p99_ms)} p99 ≤ {case.most_p99_ms:.0f}")
    if case.least_share:
        reached = share is not None and share >= case.least_share
        said.append(f"{verdict(reached)} ≥ {case.least_share:.0%}")
    said.append(f"{verdict(memory <= MOST_MEMORY_MB)} ≤ {MOST_MEMORY_MB} MB")
    return "  ".join(said)


def _pipeline_rows(in_process: Mapping[str, Sequence[float]]) -> list[Sequence[str]]:
    return [
        (f"batches of {name} lines", "in process", "-", f"{median(rates):,.0f}", *[""] * 7)
        for name, rates in in_process.items()
    ]
