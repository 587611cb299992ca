"""Remember why somebody was refused."""

import logging
from collections.abc import Iterable

import msgspec
import redis

from core_router.queries.refusals import TTL_S, Refusal, name_of, pointer_of
from waddlebot.lib.redis import call

logger = logging.getLogger(__name__)


def remember_refusal(
    refusal: Refusal, *, community_id: int, user_id: int, platform: str, user_name: str
) -> None:
    """Keep it for `!why`. Without Redis it is forgotten: an explanation is no promise."""
    pointer = pointer_of(community_id, platform, user_name)
    try:
        call("SET", name_of(community_id, user_id), msgspec.json.encode(refusal), "EX", TTL_S)
        call("SET", pointer, user_id, "EX", TTL_S)
    except redis.RedisError as error:
        logger.warning("A refusal is not remembered", extra={"error": type(error).__name__})


def forget_refusals(*, community_ids: Iterable[int], user_ids: Iterable[int]) -> None:
    """Explain them to nobody any more. Without Redis they are forgotten within the hour."""
    names = [name_of(place, user_id) for place in community_ids for user_id in user_ids]
    try:
        for name in names:
            call("DEL", name)
    except redis.RedisError as error:
        logger.warning("Refusals are not forgotten", extra={"error": type(error).__name__})
