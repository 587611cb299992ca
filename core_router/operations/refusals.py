"""Remember why somebody was refused."""

import logging

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
