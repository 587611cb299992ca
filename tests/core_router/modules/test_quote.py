"""`!quote`."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from django.db import connections

from core_router.modules.quote import operations
from core_router.modules.quote.models import Quote
from core_router.modules.quote.operations import InvalidQuoteError, TooManyQuotesError, add_quote
from core_router.sdk import RefusedError, Role
from identity.data import Tenant
from identity.models import Community, User
from tests import make
from tests.core_router.modules.conftest import NOW
from waddlebot.lib.errors import NotFoundError

Tell = Callable[..., str]


def test_a_quote_is_kept_and_said_again(tell: Tell, alice: User) -> None:
    assert tell("!quote add  to be, or “not” to be ") == "Kept as #1."

    assert tell("!quote 1", role=Role.NONE) == "#1: to be, or “not” to be (23 Nov 2026)"
    assert tell("!quote #1") == tell("!quotes") == tell("!quote 1")
    assert Quote.objects.get().added_by == alice


def test_a_number_is_never_given_twice(tell: Tell) -> None:
    tell("!quote add one")
    tell("!quote add two")
    assert tell("!quote remove #2") == "Quote #2 is gone."

    assert tell("!quote add three") == "Kept as #3."


@pytest.mark.parametrize("line", ["!quote add me", "!quote remove 1", "!quote REMOVE 1"])
def test_only_moderators_change_the_book(tell: Tell, line: str) -> None:
    tell("!quote add one")

    with pytest.raises(RefusedError, match="moderator"):
        tell(line, role=Role.MEMBER)

    assert Quote.objects.count() == 1


def test_words_find_a_quote(tell: Tell) -> None:
    tell("!quote add Penguins cannot fly")
    tell("!quote add 100% of them swim")

    assert tell("!quote penguins cannot").startswith("#1")
    assert tell("!quote 100%").startswith("#2")
    with pytest.raises(RefusedError, match="No quote says"):
        tell("!quote _")


def test_one_of_many_found_says_so(tell: Tell) -> None:
    tell("!quote add fish one")
    tell("!quote add fish two")

    assert tell("!quote fish").endswith("· one of 2")


def test_an_empty_book_says_how_to_start(tell: Tell) -> None:
    with pytest.raises(RefusedError, match="no quotes yet"):
        tell("!quote")


@pytest.mark.parametrize("line", ["!quote 2", "!quote 9999999999", "!quote remove 2"])
def test_a_number_nobody_has_is_refused(tell: Tell, line: str) -> None:
    tell("!quote add one")

    with pytest.raises(RefusedError, match="no quote #"):
        tell(line)


@pytest.mark.parametrize("which", ["", "all", "٣"])
def test_removing_needs_a_number(tell: Tell, which: str) -> None:
    with pytest.raises(RefusedError, match="number"):
        tell(f"!quote remove {which}")


@pytest.mark.parametrize("text", ["", "   ", "x" * 401, "\x00\x01"])
def test_a_quote_has_some_text(tell: Tell, text: str) -> None:
    with pytest.raises(InvalidQuoteError):
        tell(f"!quote add {text}")

    assert tell("!quote add the first") == "Kept as #1."


def test_a_draw_finds_what_is_left(tell: Tell) -> None:
    for number in range(30):
        tell(f"!quote add number {number}")
    Quote.objects.exclude(number=17).delete()

    assert {tell("!quote") for _ in range(20)} == {"#17: number 16 (23 Nov 2026)"}


def test_every_quote_may_be_drawn(tell: Tell) -> None:
    for number in range(4):
        tell(f"!quote add number {number}")

    assert len({tell("!quote") for _ in range(100)}) == 4


def test_a_book_has_only_so_many_pages(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "MOST_QUOTES", 2)
    tell("!quote add one")
    tell("!quote add two")

    with pytest.raises(TooManyQuotesError):
        tell("!quote add three")

    tell("!quote remove 1")
    assert tell("!quote add four") == "Kept as #3."


def test_each_community_has_its_own_book(tell: Tell, alice: User) -> None:
    other = make.community(owner=alice)
    add_quote(community_id=other.pk, text="theirs", user_id=None, now=NOW)

    assert tell("!quote add ours") == "Kept as #1."
    assert "ours" in tell("!quote")
    with pytest.raises(NotFoundError):
        operations.remove_quote(community_id=other.pk, number=2)


def test_a_quote_pings_nobody(tell: Tell) -> None:
    tell("!quote add @everyone come\r\nhere")

    assert "@everyone" not in tell("!quote 1")
    assert tell("!quote 1").isprintable() is False
    assert "\n" not in tell("!quote 1")


@pytest.mark.django_db(transaction=True)
def test_two_who_add_at_once_get_two_numbers(tenant: Tenant) -> None:
    texts = count()

    def add(_: int) -> int:
        try:
            text = f"quote {next(texts)}"
            return add_quote(community_id=tenant.id, text=text, user_id=None, now=NOW).number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(add, range(24)))

    assert sorted(numbers) == list(range(1, 25))


def test_the_book_goes_with_its_community(tell: Tell, rookery: Community) -> None:
    tell("!quote add one")

    rookery.delete()

    assert not Quote.objects.exists()
