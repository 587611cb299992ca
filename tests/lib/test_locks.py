from functools import partial

import pytest
from django.db import transaction

from tests.identity.parallel import at_once
from waddlebot.lib.locks import hold, try_to_hold


def tries(what: str, which: int) -> bool:
    with transaction.atomic():
        return try_to_hold(what, which)


@pytest.mark.django_db(transaction=True)
def test_a_lock_is_one_transactions_until_it_ends() -> None:
    with transaction.atomic():
        hold("rules of", 7)

        within = at_once(partial(tries, "rules of", 7), partial(tries, "rules of", 8))

    assert sorted(within) == [False, True]
    assert tries("rules of", 7)
