"""Many patterns, one pass: a literal automaton and sets of regexes over the views of a text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import re2  # type: ignore[import-untyped]
from ahocorasick_rs import AhoCorasick, Implementation

from core_router.moderation.normalise import Span, View, as_is, folded, origins, plain
from core_router.moderation.patterns import (
    Pattern,
    compile_regex,
    regex_options,
    wildcard_regex,
)

Found = tuple[int, int, int]
"""The number of a pattern, and where it starts and ends in a view."""

# A long text is searched in steps, so that many overlapping matches never fill the memory.
STEP: Final = 2_048
# More matches in one step than this is an attack, or a set of rules that asks for one.
DENSE: Final = 8_192
MOST_SPANS: Final = 1_000
# RE2 keeps a set of this many instructions well within its memory.
LARGEST_SET: Final = 100_000
SET_MEMORY: Final = 64 << 20


class Finder:
    """Finds numbered patterns of one case sensitivity in a text.

    Past so many places of one pattern, the rest of the text counts as one more (`with_rest`),
    so that padding hides nothing; or as none.
    """

    def __init__(
        self, patterns: Mapping[int, Pattern], *, case_sensitive: bool, with_rest: bool = True
    ) -> None:
        self._with_rest = with_rest
        seen_as: View = plain if case_sensitive else folded
        raw: View = as_is if case_sensitive else str.casefold
        literals = {n: p for n, p in patterns.items() if p.is_literal}
        regexes = {n: p for n, p in patterns.items() if not p.is_literal}
        self._searchers: list[_Literals | _Regexes] = []
        if literals:
            self._searchers.append(_Literals(literals, (seen_as, raw)))
        if regexes:
            self._searchers.append(
                _Regexes(regexes, (seen_as, as_is), case_sensitive=case_sensitive)
            )

    def find(self, text: str) -> dict[int, set[Span]]:
        """Return where each pattern that is in the text stands, in characters of the text."""
        found: dict[int, set[Span]] = {}
        shown: dict[View, str] = {}
        for searcher in self._searchers:
            before = None
            # All views of ASCII are alike.
            for view in searcher.views[:1] if text.isascii() else searcher.views:
                seen = shown[view] if view in shown else shown.setdefault(view, view(text))
                if seen != before and (matches := searcher.search(seen)):
                    self._place(matches, text, view, found)
                before = seen
        return found

    def _place(
        self, matches: list[Found], text: str, view: View, found: dict[int, set[Span]]
    ) -> None:
        exactly = text.isascii() or view is as_is
        origin = [] if exactly else origins(text, view)
        for number, start, end in matches:
            spans = found.setdefault(number, set())
            span = (start, end) if exactly else (origin[start][0], origin[end - 1][1])
            if len(spans) < MOST_SPANS:
                spans.add(span)
            elif self._with_rest and len(spans) == MOST_SPANS and span not in spans:
                spans.add((span[0], len(text)))


class _Literals:
    def __init__(self, patterns: Mapping[int, Pattern], views: Sequence[View]) -> None:
        self.views = views
        self._whole: dict[str, list[int]] = {}
        owners: dict[str, list[tuple[int, Pattern]]] = {}
        for number, pattern in patterns.items():
            for literal in {view(pattern.source) for view in views} - {""}:
                if pattern.kind == "whole":
                    self._whole.setdefault(literal, []).append(number)
                else:
                    owners.setdefault(literal, []).append((number, pattern))
        self._literals, self._owners = list(owners), list(owners.values())
        self._longest = max(map(len, owners), default=0)
        self._automaton = (
            AhoCorasick(self._literals, implementation=Implementation.ContiguousNFA)
            if owners
            else None
        )

    def search(self, seen: str) -> list[Found]:
        found = list(self._exact(seen)) if self._whole else []
        if self._automaton is None:
            return found
        for base in range(0, len(seen), STEP):
            piece = seen[base : base + STEP + self._longest] if len(seen) > STEP else seen
            matches = self._automaton.find_matches_as_indexes(piece, overlapping=True)
            if len(matches) > DENSE:
                return found + list(self._one_by_one(seen))
            if matches:
                found += self._fitting(seen, matches, base)
        return found

    def _exact(self, seen: str) -> Iterator[Found]:
        bare = seen.strip()
        start = len(seen) - len(seen.lstrip())
        for number in self._whole.get(bare, ()):
            yield number, start, start + len(bare)

    def _one_by_one(self, seen: str) -> Iterator[Found]:
        """Find the first places of each pattern; slower on average, never much slower."""
        for literal, owners in zip(self._literals, self._owners, strict=True):
            for number, pattern in owners if literal in seen else ():
                spans = (m.span() for m in pattern.as_regex(literal).finditer(seen))
                fitting = ((number, *span) for span in spans if pattern.fits(seen, *span))
                yield from islice(fitting, MOST_SPANS + 1)

    def _fitting(self, seen: str, matches: Iterable[Found], base: int) -> list[Found]:
        return [
            (number, base + start, base + end)
            for index, start, end in matches
            if start < STEP  # What starts later is found again in the next step.
            for number, pattern in self._owners[index]
            if pattern.fits(seen, base + start, base + end)
        ]


class _Regexes:
    def __init__(
        self, patterns: Mapping[int, Pattern], views: Sequence[View], *, case_sensitive: bool
    ) -> None:
        self.views = views
        self._regexes = [
            (number, pattern, source, compile_regex(source, case_sensitive=case_sensitive))
            for number, pattern in patterns.items()
            for source in _sources(pattern, views)
        ]
        options = regex_options(case_sensitive=case_sensitive, max_mem=SET_MEMORY)
        self._sets = list(self._batches(options))

    def _batches(self, options: Any) -> Iterator[tuple[int, Any]]:
        """Yield sets of neighbouring regexes, each with the place of its first."""
        first, size, batch = 0, 0, re2.Set.SearchSet(options)
        for place, (_, _, source, regex) in enumerate(self._regexes):
            if size and size + regex.programsize > LARGEST_SET:
                batch.Compile()
                yield first, batch
                first, size, batch = place, 0, re2.Set.SearchSet(options)
            batch.Add(source)
            size += regex.programsize
        batch.Compile()
        yield first, batch

    def search(self, seen: str) -> list[Found]:
        raw = seen.encode()
        return [
            found
            for first, batch in self._sets
            for place in batch.Match(raw) or ()
            for found in self._places(seen, *self._regexes[first + place])
        ]

    @staticmethod
    def _places(seen: str, number: int, pattern: Pattern, _: str, regex: Any) -> Iterator[Found]:
        for match in islice(regex.finditer(seen), MOST_SPANS + 1):
            start, end = match.span()
            if end > start and pattern.fits(seen, start, end):
                yield number, start, end


def _sources(pattern: Pattern, views: Sequence[View]) -> set[str]:
    if pattern.kind == "wildcard":
        return {wildcard_regex(view(pattern.source)) for view in views}
    return {pattern.source}
