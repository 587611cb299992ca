from typing import Any

import pytest

from identity import api as identity
from identity.models import User
from tests import make
from tests.client import Api

pytestmark = [pytest.mark.urls("tests.lib.urls"), pytest.mark.django_db]


def walk(path: str, way: str = "next") -> list[list[str]]:
    pages, url = [], path
    while url:
        body: dict[str, Any] = Api().get(url).json()
        pages.append(body["results"])
        url = body[way]
    return pages


def test_every_row_comes_once_newest_first(alice: User) -> None:
    ids = [make.community(owner=alice).pk for _ in range(5)]

    pages = walk("/router/list/communities?limit=2")

    assert [len(page) for page in pages] == [2, 2, 1]
    assert [int(row) for page in pages for row in page] == ids[::-1]


def test_the_way_back_leads_to_the_first_page(alice: User) -> None:
    for _ in range(5):
        make.community(owner=alice)
    first = Api().get("/router/list/communities?limit=2").json()
    second = Api().get(first["next"]).json()

    assert first["previous"] is None
    back = Api().get(second["previous"]).json()
    assert (back["results"], back["previous"]) == (first["results"], None)


def test_uuids_are_keys_too() -> None:
    for number in range(3):
        identity.record(category="system", action=f"test-{number}")

    pages = walk("/router/list/audit?limit=1")

    assert len(pages) == 3
    rows = [row for page in pages for row in page]
    assert rows == sorted(rows, reverse=True)


@pytest.mark.parametrize(
    "cursor", ["x", "bm9wZQ", "n", "ñ", "bjk5OTk5OTk5OTk5OTk5OTk5OTk5OTk", "%20"]
)
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    response = Api().get(f"/router/list/communities?cursor={cursor}")

    assert (response.status_code, response.json()["code"]) == (400, "bad_cursor")


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5", "²", "99999999999999999999", ""])
def test_a_limit_has_limits(limit: str) -> None:
    response = Api().get(f"/router/list/communities?limit={limit}")

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "#/limit"
