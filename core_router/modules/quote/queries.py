"""Finding quotes."""

import random

from core_router.modules.quote.models import Book, Quote

TRIES = 8
MOST_FOUND = 50


def by_number(*, community_id: int, number: int) -> Quote | None:
    return Quote.objects.filter(community_id=community_id, number=number).first()


def any_quote(community_id: int) -> Quote | None:
    """Return one by chance, by its number: however many there are, few rows are read."""
    quotes = Quote.objects.filter(community_id=community_id)
    last = Book.objects.filter(community_id=community_id).values_list("last_number", flat=True)
    highest = last.first() or 0
    drawn = random.sample(range(1, highest + 1), min(TRIES, highest))
    found = {quote.number: quote for quote in quotes.filter(number__in=drawn)}
    for number in drawn:
        if number in found:
            return found[number]
    # Nearly all were removed. Then one after the first number drawn is chance enough.
    start = drawn[0] if drawn else 0
    ordered = quotes.order_by("number")
    return ordered.filter(number__gte=start).first() or ordered.first()


def search(*, community_id: int, words: str) -> list[Quote]:
    """Return the newest quotes with these words in them, whatever their case."""
    quotes = Quote.objects.filter(community_id=community_id, text__icontains=words)
    return list(quotes.order_by("-number")[:MOST_FOUND])
