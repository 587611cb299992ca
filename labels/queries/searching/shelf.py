"""Answers kept: in Redis for all processes, and in this one, which is enough when Redis is away.

Each question has one place, and what is put there takes the place of what was: both shelves are
as large as they are. What lies there says by its version whether it is still true.
"""

from datetime import datetime
from math import ceil
from typing import Final

import msgspec
import redis
from django.conf import settings

from labels.queries.searching.asked import Asked, Page
from waddlebot.lib import metrics
from waddlebot.lib.cache import is_redis_heard
from waddlebot.lib.redis import call, community_prefix

PLACES: Final = 256
"""For each community in Redis, and for all of them in this process."""
LARGEST: Final = 64 * 1024


class Kept(msgspec.Struct, frozen=True):
    """`until` is when an assignment begins or ends by itself, or when it is too old."""

    digest: bytes
    version: str
    until: float
    page: Page

    def answers(self, digest: bytes, version: str, now: datetime) -> bool:
        return (self.digest, self.version) == (digest, version) and now.timestamp() < self.until


DECODER: Final = msgspec.msgpack.Decoder(Kept)
_own: Final[list[Kept | None]] = [None] * PLACES


def recall(asked: Asked, *, version: str, now: datetime) -> Page | None:
    """Return what was answered to just this, unless something has changed since."""
    digest = asked.digest()
    place = _place(digest)
    kept = _own[place]
    if kept is None or not kept.answers(digest, version, now):
        kept = _fetch(asked.community_id, place)
    is_true = kept is not None and kept.answers(digest, version, now)
    metrics.cache_asked("label_searches", hit=is_true)
    if kept is None or not is_true:
        return None
    _own[place] = kept
    return kept.page


def keep(asked: Asked, page: Page, *, version: str, until: datetime | None, now: datetime) -> None:
    if len(page.results) > LARGEST:
        return
    oldest = now.timestamp() + settings.CACHE_TTL
    digest = asked.digest()
    kept = Kept(digest, version, min(oldest, until.timestamp()) if until else oldest, page)
    place = _place(digest)
    _own[place] = kept
    life_s = ceil(kept.until - now.timestamp())
    _ask_redis("SET", _key(asked.community_id, place), msgspec.msgpack.encode(kept), "EX", life_s)


def _fetch(community_id: int, place: int) -> Kept | None:
    raw = _ask_redis("GET", _key(community_id, place))
    try:
        return DECODER.decode(raw) if raw else None
    except msgspec.DecodeError:
        # Another version of this program put it there.
        return None


def _ask_redis(*words: str | int | bytes) -> bytes | None:
    """Nobody waits for a Redis that is away: the answer can be found without it."""
    if not is_redis_heard():
        return None
    try:
        answer: bytes | None = call(*words)
    except redis.RedisError:
        return None
    return answer


def _place(digest: bytes) -> int:
    return int.from_bytes(digest[:4]) % PLACES


def _key(community_id: int, place: int) -> str:
    return f"{community_prefix(community_id)}search:{place}"
