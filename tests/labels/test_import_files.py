"""What is a file of assignments, however it was saved; and what is none."""

import csv
import io
import random

import pytest

from labels.models import Job, JobPart
from labels.operations.importing.splitting import LONGEST, Splitter, records
from tests.client import Api
from tests.labels.imports import imported, result, send

pytestmark = pytest.mark.usefixtures("rookery")


def lines_told(api: Api, body: str | bytes) -> list[int]:
    """Return the numbers of the lines, all of which fail."""
    return [each["line"] for each in imported(api, body)["errors"]]


@pytest.mark.parametrize(
    "body",
    [
        "label,object_id\nvip,u_1\nvip,u_2\n",
        "label,object_id\r\nvip,u_1\r\nvip,u_2",
        "label,object_id\rvip,u_1\rvip,u_2\r",
        "\ufefflabel,object_id\nvip,u_1\nvip,u_2\n",
        "label;object_id\nvip;u_1\nvip;u_2\n",
        "label\tobject_id\nvip\tu_1\nvip\tu_2\n",
        ' Label ,"OBJECT ID",\nvip,u_1,\nvip,u_2\n',
    ],
)
def test_a_file_may_be_saved_in_many_ways(api: Api, body: str) -> None:
    assert lines_told(api, body) == [2, 3]


def test_blank_lines_are_no_lines(api: Api) -> None:
    assert lines_told(api, "\n\nlabel,object_id\n\nvip,u_1\n,\nvip,u_2\n\n") == [5, 7]


def test_quotes_hold_lines_together(api: Api) -> None:
    body = 'label,object_id,reason\nvip,u_1,"one\ntwo, ""three"""\nvip,u_2,\n'
    job = imported(api, body)

    assert [each["line"] for each in job["errors"]] == [2, 4]
    assert result(api, job)[1:3] == [
        '2,error,unknown_label,There is no such label.,vip,u_1,"one',
        'two, ""three"""',
    ]


def test_a_quote_within_a_cell_is_a_character(api: Api) -> None:
    assert lines_told(api, 'label,object_id\n5" disk,u_1\nvip,u_2\n') == [2, 3]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"label,object_id\nvip,u_1\n" + "jö,u_2\n".encode("latin-1"), 3),
        ("label,object_id\nvip,u_1\n".encode("utf-16"), 1),
        (b"label,object_id\nvip,u_1\nvip,\xed\xa0\x80\n", 3),
        (b"label,object_id\nvip,u_1\nvip,\xc3", 3),
        (b'label,object_id\nvip,u_1\nvip,"u_2\nvip,u_3\n', 3),
        (b"label,object_id\nvip,u_1\nvip," + b"x" * LONGEST, 3),
    ],
)
def test_what_is_no_csv_in_utf8_is_refused_with_its_line(api: Api, body: bytes, line: int) -> None:
    answer = send(api, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable_csv")
    assert answer.json()["detail"].startswith(f"Line {line}:")
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "header",
    ["", "vip,u_1", "label", "object_id", "label,platform", "label,object_id,label", "label,\0"],
)
def test_a_header_that_names_no_columns_is_refused(api: Api, header: str) -> None:
    answer = send(api, f"{header}\nvip,u_1\n")

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_header")
    assert "label, kind, object_id" in answer.json()["errors"][0]["detail"]


def test_a_file_of_a_header_alone_is_done(api: Api) -> None:
    job = imported(api, "label,object_id")

    assert (job["state"], job["total"]) == ("done", 0)
    assert not JobPart.objects.exists()


@pytest.mark.parametrize("seed", range(8))
def test_however_it_is_torn_a_file_is_read_as_a_whole(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - no secret
    for _ in range(100):
        file = made_up(dice)
        expected = list(csv.reader(io.StringIO(file, newline="")))

        assert read_in_pieces(file.encode(), dice) == expected


def made_up(dice: random.Random) -> str:
    """Return a file of whatever cells may hold."""
    text, end = io.StringIO(newline=""), dice.choice(["\n", "\r\n", "\r"])
    dialect = dice.choice(["unix", "excel"])  # All in quotes, and as few as need be.
    rows = csv.writer(text, dialect, lineterminator=end)
    rows.writerow(["label", "x", "y"])
    for _ in range(dice.randrange(6)):
        rows.writerow("".join(dice.choices('ab"\n,;é🐧 ', k=dice.randrange(6))) for _ in "abc")
    return text.getvalue()


def read_in_pieces(data: bytes, dice: random.Random) -> list[list[str]]:
    splitter, found, count = Splitter(), [], 0
    while True:
        size = dice.randrange(1, 9)
        piece = splitter.feed(data[:size], is_last=not data)
        found += [row for row, _, _ in records(piece.text, splitter.delimiter)]
        count += piece.records
        if not data:
            assert count == len(found)
            return [splitter.header, *found]
        data = data[size:]
