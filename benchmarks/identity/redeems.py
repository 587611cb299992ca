"""Codes redeemed: typed from an account, and confirmed there."""

from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter
from typing import Any

from identity.data import ChatAccount

TIMES = 200
PLATFORM = "bench"
BARE = "UPDATE link_requests SET state = 'cancelled' WHERE id = %s AND state = 'pending'"


def measure(rounds: int) -> list[tuple[str, float, str]]:
    """Return (what, µs each, what to compare with) for one connection."""
    taken = [_round(number) for number in range(rounds)]
    typed, confirmed, wrong, bare = (median(times) for times in zip(*taken, strict=True))
    return [
        ("a code typed", typed, f"{typed / bare:.1f} x a bare UPDATE"),
        ("a code confirmed: linked", confirmed, ""),
        ("a wrong code, in words and in time alike", wrong, f"{wrong / typed:.1f} x a right one"),
    ]


def _round(number: int) -> tuple[float, float, float, float]:
    from django.db import connection
    from django.utils import timezone

    from identity import api as identity
    from identity.models import LinkRequest
    from identity.operations.link_requests import ask_link

    now = timezone.now()
    owners = [_person(f"bench-{number}-{each}") for each in range(TIMES)]
    asked = [ask_link(user_id=each, platform=PLATFORM, actor="", now=now) for each in owners]
    typists = [ChatAccount(PLATFORM, f"{number}-{each}", f"p{each}") for each in range(TIMES)]
    codes = [each.code for each in asked]

    def type_in(what: Sequence[str]) -> Callable[[int], object]:
        return lambda n: identity.type_code(typist=typists[n], code=what[n], now=now)

    wrong = _each_us(type_in(["WRONG2"] * TIMES))
    typed = _each_us(type_in(codes))
    confirmed = _each_us(lambda n: identity.confirm_typed(typist=typists[n], now=now))
    rows = [ask_link(user_id=each, platform="bare", actor="", now=now) for each in owners]
    with connection.cursor() as cursor:
        bare = _each_us(lambda n: cursor.execute(BARE, [rows[n].request.pk]))
    LinkRequest.objects.filter(user_id__in=owners).delete()
    return typed, confirmed, wrong, bare


def _person(name: str) -> int:
    from identity.models import User

    person: Any = User.objects.create(username=name, display_name=name)
    return int(person.pk)


def _each_us(call: Callable[[int], object]) -> float:
    started = perf_counter()
    for number in range(TIMES):
        call(number)
    return (perf_counter() - started) / TIMES * 1e6
