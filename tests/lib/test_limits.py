from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from waddlebot.lib.errors import UnavailableError
from waddlebot.lib.limits import hit, hit_log, key_counter_name, limit_headers
from waddlebot.lib.redis import client


@dataclass(frozen=True)
class Caller:
    key_id: str = "abc"
    user_id: int = 7
    community_id: int | None = None


def test_as_many_as_allowed_pass_and_no_more() -> None:
    verdicts = [hit("test:a", 3, 60) for _ in range(5)]

    assert [verdict.allowed for verdict in verdicts] == [True, True, True, False, False]
    assert [verdict.remaining for verdict in verdicts] == [2, 1, 0, 0, 0]


def test_the_window_before_still_weighs() -> None:
    now: Any = client().time()
    seconds, micros = now
    slot, elapsed = divmod(seconds + micros / 1e6, 60)
    client().set(f"test:b:{int(slot) - 1}", 100)

    verdict = hit("test:b", 100, 60)

    assert verdict.allowed
    assert verdict.remaining == pytest.approx(100 * elapsed / 60 - 1, abs=2)


def test_of_many_at_once_exactly_the_allowed_ones_pass() -> None:
    with ThreadPoolExecutor(16) as threads:
        verdicts = list(threads.map(lambda _: hit_log("test:c", 10, 60), range(80)))

    assert sum(verdict.allowed for verdict in verdicts) == 10


def test_one_who_is_refused_hears_when_there_is_room() -> None:
    hit_log("test:d", 1, 30)
    refused = hit_log("test:d", 1, 30)

    assert not refused.allowed
    assert 29 < refused.reset_s <= 30


@pytest.mark.usefixtures("redis_is_down")
def test_without_redis_this_process_counts() -> None:
    verdicts = [hit("test:e", 2, 60) for _ in range(3)]

    assert [verdict.allowed for verdict in verdicts] == [True, True, False]


@pytest.mark.usefixtures("redis_is_down")
def test_without_redis_sign_in_is_closed() -> None:
    with pytest.raises(UnavailableError):
        hit_log("test:f", 2, 60)


@pytest.mark.parametrize(
    ("caller", "name"),
    [
        (Caller(community_id=5), "wb:{c5}:key:abc"),
        (Caller(), "wb:{kabc}:key"),
        (Caller(key_id=""), "wb:{u7}:session"),
    ],
)
def test_a_key_is_counted_beside_its_community(caller: Caller, name: str) -> None:
    assert key_counter_name(caller) == name


def test_the_headers_are_those_of_the_contract() -> None:
    headers = limit_headers(hit("test:g", 1000, 60), count=1000)

    assert headers["RateLimit-Policy"] == '"key";q=1000;w=60'
    assert headers["RateLimit"].startswith('"key";r=999;t=')
