"""Arrays as PostgreSQL reads them, for lists so long that adapting each value would cost most.

`= ANY(%s::bigint[])` takes what these return.
"""

from collections.abc import Iterable, Sequence


def numbers(values: Iterable[int]) -> str:
    return f"{{{','.join(map(str, values))}}}"


def texts(values: Sequence[str]) -> str:
    if not values:
        return "{}"
    joined = '","'.join(values)
    # Seldom does a text hold a quote or a backslash: look at all of them at once.
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        joined = '","'.join(value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return f'{{"{joined}"}}'
