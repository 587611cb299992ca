"""From samples to the table."""

import pytest

from benchmarks._load import Sample
from benchmarks.events.cases import PRODUCT, REFERENCES
from benchmarks.events.report import Results, print_table
from waddlebot.cli.bench import names

CHAT = next(case for case in PRODUCT if case.key == "chat line, Django")


def sample(events_s: float) -> Sample:
    return Sample(events_s=events_s, p50_ms=5, p99_ms=10, cpu_us=50, load_share=0.1)


def results(*rates: float, reference: float = 2000) -> Results:
    found = Results()
    found.samples[CHAT.key, 32] = [sample(rate) for rate in rates]
    found.samples[CHAT.reference, 32] = [sample(reference) for _ in rates]
    return found


def test_it_shows_the_middle_of_the_rounds(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(results(1700, 1900, 1), [32], facts="a test")

    assert "1,700" in capsys.readouterr().out


@pytest.mark.parametrize(("rate", "mark"), [(1700, "✓ ≥ 1,600/s"), (1500, "✗ ≥ 1,600/s")])
def test_it_says_whether_a_target_is_reached(
    rate: float, mark: str, capsys: pytest.CaptureFixture[str]
) -> None:
    print_table(results(rate), [32], facts="a test")

    assert mark in capsys.readouterr().out


def test_a_share_is_taken_within_its_round() -> None:
    found = results(1000, 2000)
    found.samples[CHAT.reference, 32] = [sample(1000), sample(4000)]

    assert found.share(CHAT, 32) == pytest.approx(0.75)


def test_every_case_is_held_to_a_reference_there_is() -> None:
    known = {case.key for case in REFERENCES}

    assert {case.reference for case in PRODUCT if case.reference} <= known


def test_the_command_line_finds_the_benchmarks() -> None:
    found = "chaos coordination engines events identity labels lookup moderation threads up"

    assert set(names()) == {*found.split(), "platforms"}
