"""Commands called where only the bot hears them: of no community, so they only link accounts."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from celery import current_app
from kombu.exceptions import OperationalError
from redis import RedisError

from core_router.pipeline.gate import DEDUPE_TTL_S
from core_router.sdk import echo
from identity import api as identity
from identity.data import ChatAccount
from waddlebot.lib.errors import DomainError, UnavailableError
from waddlebot.lib.limits import hit_log
from waddlebot.lib.redis import client
from waddlebot.platforms.hooks import Private

logger = logging.getLogger(__name__)

SAY: Final = "core_router.tasks.say_in_private"
LONGEST: Final = 400
BAD_CODE: Final = "This code is not good. Check it, or ask for a new one."
NOTHING: Final = "There is nothing to confirm. First comes verify and a code."
ELSEWHERE: Final = (
    "Here I only know verify with a code, and confirm. For all else call me on a server."
)


def answer_in_private(account: Mapping[str, Any], words: Sequence[str], *, now: datetime) -> str:
    """Do `verify CODE` or `confirm` for the account that the platform says it is."""
    typist = ChatAccount(
        platform=account["platform"],
        platform_user_id=account["user_id"],
        user_name=account["user_name"],
        display_name=account["display_name"],
    )
    name, *rest = " ".join(words).split() or [""]
    try:
        return echo(_reply(typist, name.lower(), rest, now), LONGEST)
    except DomainError as refusal:
        return refusal.detail


def take_private(told: Private, *, now: datetime) -> None:
    """Do what was written to the bot alone, once, and have the answer sent to them."""
    name = f"wb:private:{told.account['platform']}:{told.event_id}"
    try:
        if not hit_log(name, 1, DEDUPE_TTL_S).allowed:
            return
    except UnavailableError:
        pass  # A code is good once, whatever comes again.
    try:
        text = answer_in_private(told.account, told.words, now=now)
    except Exception:
        with suppress(RedisError):
            client().delete(name)
        raise
    _say(told.account, text)


def _say(account: Mapping[str, Any], text: str) -> None:
    """Have a worker say it to them alone. What gets lost they are told when they ask again."""
    facts = (account["platform"], account["user_id"], text)
    try:
        current_app.send_task(SAY, args=facts, retry=False)
    except (RedisError, OperationalError) as error:
        logger.warning("No worker was woken", extra={"error": type(error).__name__})


def _reply(typist: ChatAccount, name: str, rest: Sequence[str], now: datetime) -> str:
    if name == "verify" and rest:
        step = identity.type_code(typist=typist, code=rest[0], now=now)
        return step.reply if step else BAD_CODE
    if name == "confirm":
        step = identity.confirm_typed(typist=typist, now=now)
        return step.reply if step else NOTHING
    return ELSEWHERE
