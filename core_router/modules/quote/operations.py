"""Adding and removing quotes."""

from datetime import datetime

from django.db import connection, transaction

from core_router.modules.quote.models import Quote
from identity.api import Departure
from waddlebot.lib.errors import ConflictError, InvalidError, NotFoundError
from waddlebot.lib.redaction import Redactor

MOST_QUOTES = 10_000
LONGEST = 400

# The row stays locked until the quote is there, so two who add at once get two numbers.
_NEXT = """
    INSERT INTO quote_books (community_id, last_number) VALUES (%s, 1)
    ON CONFLICT (community_id) DO UPDATE SET last_number = quote_books.last_number + 1
    RETURNING last_number
"""


class InvalidQuoteError(InvalidError):
    code = "invalid_quote"


class TooManyQuotesError(ConflictError):
    code = "too_many_quotes"


def add_quote(*, community_id: int, text: str, user_id: int | None, now: datetime) -> Quote:
    text = text.strip()
    if not 0 < len(text) <= LONGEST:
        raise InvalidQuoteError(f"A quote has 1 to {LONGEST} characters.")
    with transaction.atomic():
        number = _next_number(community_id)
        if number > MOST_QUOTES and _count(community_id) >= MOST_QUOTES:
            raise TooManyQuotesError(f"A community has at most {MOST_QUOTES} quotes.")
        return Quote.objects.create(
            community_id=community_id,
            number=number,
            text=text,
            added_by_id=user_id,
            added_at=now,
        )


def remove_quote(*, community_id: int, number: int) -> None:
    if not Quote.objects.filter(community_id=community_id, number=number).delete()[0]:
        raise NotFoundError(f"There is no quote #{number}.")


def clear_quotes(departure: Departure) -> int:
    """Take the names of somebody who is erased out of the quotes of their communities."""
    redactor = Redactor(departure.names)
    quotes = Quote.objects.filter(community_id__in=departure.community_ids)
    cleared = 0
    for quote in quotes.filter(redactor.mentioned_in("text")).iterator():
        quote.text = redactor.text(quote.text, LONGEST)
        quote.save(update_fields=["text"])
        cleared += 1
    return cleared


def _next_number(community_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [community_id])
        return int(cursor.fetchone()[0])


def _count(community_id: int) -> int:
    return Quote.objects.filter(community_id=community_id).count()
