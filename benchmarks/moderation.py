"""Messages a second through the rules of a strict community: 10,000 terms and 200 regexes."""

import itertools
import random
import string
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, Final

import re2  # type: ignore[import-untyped]
from ahocorasick_rs import AhoCorasick

from benchmarks._clock import cpu_ns
from benchmarks._table import show, verdict
from core_router.data import Rule
from core_router.moderation import RuleSet, compile_rules

TERMS: Final = 10_000
REGEXES: Final = 200
LENGTH: Final = 200
MESSAGES: Final = 500
LEAST_PER_S: Final = 60_000
COLUMNS: Final = ("200-character messages, one core", "messages/s", "of ref.", "target")

# The same terms and messages in every run.
dice = random.Random(2026)  # noqa: S311 - nothing secret is made of it


def word(least: int = 3, most: int = 10) -> str:
    return "".join(dice.choices(string.ascii_lowercase, k=dice.randint(least, most)))


def main() -> None:
    terms = [f"{word(4, 9)}{word(3, 6)}" for _ in range(TERMS)]
    regexes = [rf"\b{word(4)}[0-9]{{1,3}}(?:{word()}|{word()})" for _ in range(REGEXES)]
    started = perf_counter()
    rules = compile_rules(_rules(terms, regexes))
    took_ms = (perf_counter() - started) * 1000
    rates = _rates(terms, regexes, rules)
    reference = rates["ahocorasick_rs alone"]
    rows = [
        [name, f"{rate:,.0f}", f"{rate / reference:.0%}", _target(name, rate)]
        for name, rate in rates.items()
    ]
    title = f"moderation: {TERMS:,} terms and {REGEXES} regexes, compiled in {took_ms:,.0f} ms"
    show(title, COLUMNS, rows, "CPU time, median of 5 rounds")


def _rules(terms: Sequence[str], regexes: Sequence[str]) -> list[Rule]:
    patterns = [*((term, "word") for term in terms), *((regex, "regex") for regex in regexes)]
    return [
        Rule(id=number, name=f"rule {number}", pattern=pattern, match=match, severity=5)
        for number, (pattern, match) in enumerate(patterns, 1)
    ]


def _rates(terms: Sequence[str], regexes: Sequence[str], rules: RuleSet) -> dict[str, float]:
    plain = [_message() for _ in range(MESSAGES)]
    accented = [_with(text, "É tÿpo \uff57\uff49\uff44\uff45 ❤") for text in plain]
    mixed = [accented[n] if n % 4 == 0 else text for n, text in enumerate(plain)]
    guilty = [_with(text, dice.choice(terms)) if n % 20 == 0 else text
              for n, text in enumerate(mixed)]  # fmt: skip
    automaton = AhoCorasick(terms)
    regex_set = re2.Set.SearchSet(re2.Options())
    for regex in regexes:
        regex_set.Add(regex)
    regex_set.Compile()
    return {
        "ahocorasick_rs alone": _rate(automaton.find_matches_as_indexes, plain),
        "re2.Set alone": _rate(regex_set.Match, plain),
        "the rules, plain ASCII": _rate(rules.scan, plain),
        "the rules, one in 4 not ASCII": _rate(rules.scan, mixed),
        "the rules, one in 20 hit too": _rate(rules.scan, guilty),
        "the rules, none ASCII": _rate(rules.scan, accented),
    }


def _message() -> str:
    text = " ".join(word() for _ in range(LENGTH // 4))
    return text[:LENGTH]


def _with(text: str, part: str) -> str:
    return f"{text[: LENGTH - len(part) - 1]} {part}"


def _rate(look: Callable[[str], Any], messages: Sequence[str]) -> float:
    turn = itertools.cycle(messages)
    return 1e9 / cpu_ns(lambda: look(next(turn)))


def _target(name: str, rate: float) -> str:
    if name != "the rules, one in 20 hit too":
        return ""
    return f"{verdict(rate >= LEAST_PER_S)} ≥ {LEAST_PER_S:,}/s"


if __name__ == "__main__":
    main()
