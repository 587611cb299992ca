"""Taking somebody's names out of texts."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import Q

ERASED: Final = "[erased]"
SHORTEST: Final = 3
"""Names below this many characters are words too often."""


class Redactor:
    """Replaces names where they stand as whole words, in any case, with or without an @.

    `exact` are strings to replace where they are all there is, such as a platform's user ids.
    """

    def __init__(self, names: Iterable[str], *, exact: Mapping[str, str] | None = None) -> None:
        # The longest first: what stands for all of a name should not leave a part of it.
        self.names = sorted(
            {name for name in names if len(name) >= SHORTEST}, key=lambda name: (-len(name), name)
        )
        self._exact = exact or {}
        words = "|".join(re.escape(name) for name in self.names) or r"(?!)"
        self._pattern = re.compile(rf"(?<!\w)@?(?:{words})(?!\w)", re.IGNORECASE)

    def text(self, text: str, most: int | None = None) -> str:
        """Return the text without the names, cut to `most` characters."""
        return self._pattern.sub(ERASED, text)[:most]

    def value(self, value: Any) -> Any:
        """Return a JSON value without the names."""
        match value:
            case str():
                return self._exact.get(value) or self.text(value)
            case Mapping():
                return {key: self.value(below) for key, below in value.items()}
            case list():
                return [self.value(below) for below in value]
        return value

    def mentioned_in(self, column: str, *, as_json: bool = False) -> Q:
        """Return the condition that a column's text may have something to replace in it."""
        wanted = [*self.names, *self._exact]
        if as_json:
            wanted = [_as_json(name)[1:-1] for name in self.names]
            wanted += [_as_json(value) for value in self._exact]
        conditions = [Q(**{f"{column}__icontains": each}) for each in wanted]
        return reduce(or_, conditions, Q(pk__in=[]))


def _as_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
