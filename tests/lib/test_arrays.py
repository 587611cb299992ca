import pytest
from django.db import connection

from waddlebot.lib.arrays import numbers, texts


def read_back(literal: str, kind: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}[]", [literal])
        return cursor.fetchone()[0]


@pytest.mark.django_db
@pytest.mark.parametrize("values", [[], [7], [1, -2, 2**63 - 1]])
def test_numbers_arrive_as_they_were(values: list[int]) -> None:
    assert read_back(numbers(values), "bigint") == values


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values",
    [
        [],
        [""],
        ["twitch:42", "discord:1"],
        ['a"b', "c"],
        ['","'],
        ["\\", '\\"', "{}", "NULL", "a,b", "' OR 1=1 --", "%s", "ü\n\t😀"],
    ],
)
def test_texts_arrive_as_they_were(values: list[str]) -> None:
    assert read_back(texts(values), "text") == values
