"""The rules of a community, ready to judge its messages."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Final

from core_router.data import Hit, Rule
from core_router.moderation.finder import Finder
from core_router.moderation.normalise import Span
from core_router.moderation.patterns import (
    Pattern,
    UnsupportedPatternError,
    check_source,
    parse,
    widen,
)

MOST_RULES: Final = 200


def nobody(_: Rule) -> bool:
    return False


class RuleSet:
    """Compiled once for each version of a community's rules; safe to share among threads."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        patterns = {n: parse(rule.match, rule.pattern) for n, rule in enumerate(self.rules)}
        self._finders = [
            Finder(chosen, case_sensitive=case_sensitive)
            for case_sensitive in (False, True)
            if (
                chosen := {
                    n: pattern
                    for n, pattern in patterns.items()
                    if self.rules[n].case_sensitive is case_sensitive
                }
            )
        ]
        self._allowed = {n: _Allowed(rule) for n, rule in enumerate(self.rules) if rule.allow}

    def __len__(self) -> int:
        return len(self.rules)

    def scan(
        self, text: str, *, entity: str = "", exempt: Callable[[Rule], bool] = nobody
    ) -> list[Hit]:
        """Return the rules that hit a text, the most severe first.

        A rule meant for certain entities counts there only (everywhere when none is given);
        `exempt` is asked only about rules that hit.
        """
        text = _without_surrogates(text)
        hits = []
        for finder in self._finders:
            for number, spans in finder.find(text).items():
                rule = self.rules[number]
                if entity and rule.entities and entity not in rule.entities:
                    continue
                left = self._not_allowed(number, text, spans)
                if left and not exempt(rule):
                    hits.append(Hit(rule, tuple(left)))
        return sorted(hits, key=lambda hit: (-hit.rule.severity, hit.rule.id))

    def _not_allowed(self, number: int, text: str, spans: set[Span]) -> list[Span]:
        allowed = self._allowed.get(number)
        covers = allowed.cover_of(text) if allowed else None
        return _outermost(span for span in spans if covers is None or not covers(span))


def _outermost(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, without those that lie within another."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or span[1] > kept[-1][1]:
            kept.append(span)
    return kept


class _Allowed:
    """What a rule lets pass: a match that lies within one of these words is none."""

    def __init__(self, rule: Rule) -> None:
        self._patterns: dict[int, Pattern] = {
            n: parse("wildcard", pattern) for n, pattern in enumerate(rule.allow)
        }
        self._finder = Finder(self._patterns, case_sensitive=rule.case_sensitive, with_rest=False)

    def cover_of(self, text: str) -> Callable[[Span], bool]:
        spans = sorted(
            widen(text, *span, self._patterns[number])
            for number, places in self._finder.find(text).items()
            for span in places
        )
        starts = [start for start, _ in spans]
        furthest = list(accumulate((end for _, end in spans), max))

        def covers(span: Span) -> bool:
            before = bisect_right(starts, span[0])
            return before > 0 and furthest[before - 1] >= span[1]

        return covers


def check_rule(rule: Rule) -> None:
    """Raise UnsupportedPatternError for a rule that cannot run."""
    check_source(parse(rule.match, rule.pattern), case_sensitive=rule.case_sensitive)
    for place, pattern in enumerate(rule.allow):
        try:
            check_source(parse("wildcard", pattern), case_sensitive=rule.case_sensitive)
        except UnsupportedPatternError as error:
            raise UnsupportedPatternError(error.detail, pointer=f"#/allow/{place}") from None


def regex_size(rule: Rule) -> int:
    return check_source(parse(rule.match, rule.pattern), case_sensitive=rule.case_sensitive)


def compile_rules(rules: Iterable[Rule]) -> RuleSet:
    """Raises UnsupportedPatternError for a pattern that cannot run."""
    return RuleSet(rules)


def _without_surrogates(text: str) -> str:
    """Return the text as UTF-8 could carry it, of the same length."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text
