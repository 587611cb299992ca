"""Has the asker, the channel, the command or the community had enough for now?"""

from collections.abc import Sequence
from typing import Final

from core_router.data import Command, Limit, Outcome, Reason
from core_router.pipeline.context import Context, Verdict
from core_router.pipeline.people import caller
from core_router.pipeline.tickets import LimitUse, Pass
from core_router.queries.limits import shared_limits
from core_router.sdk import meets
from labels.data import ANYBODY

COOLDOWNS: Final = {"user", "channel"}
SAID: Final = {
    "user": "You may use {name} again in {wait} s.",
    "channel": "{name} is resting in this channel for {wait} s.",
    "command": "{name} was used often; it is back in {wait} s.",
}
SAID_OF_ALL: Final = {
    "user": "You have used many commands; the next one in {wait} s.",
    "channel": "This channel has used many commands; the next one in {wait} s.",
    "community": "This community has used many commands; the next one in {wait} s.",
}


def limits_of(context: Context, command: Command) -> Sequence[Limit]:
    """Return the command's own limits, then those it shares with all others."""
    shared = shared_limits(context.tenant.id)
    if not shared:
        return command.limits
    someone = caller(context)
    return (
        *command.limits,
        *(
            limit
            for limit in shared
            if limit.exempt == ANYBODY or not meets(someone, limit.exempt)
        ),
    )


def limit_uses(context: Context, command: Command) -> list[LimitUse]:
    """Return what one use of the command takes, in the order of `context.limits`."""
    return [
        LimitUse(
            "c" if limit.scope in COOLDOWNS and not limit.is_shared else "r",
            f"l:{'all' if limit.is_shared else command.id}:"
            f"{limit.scope[0]}{_whose(context, limit.scope)}",
            limit.count,
            int(limit.window_s * 1000),
        )
        for limit in context.limits
    ]


def limits(context: Context, answer: Pass) -> Verdict | None:
    command = context.command
    if command is None or not answer.limit:
        context.detail = "within every limit"
        return None
    limit = context.limits[answer.limit - 1]
    wait = max(1, round(answer.retry_after_s + 0.49))
    said = (SAID_OF_ALL if limit.is_shared else SAID)[limit.scope]
    cools_down = limit.scope in COOLDOWNS and not limit.is_shared
    context.detail = f"the limit for each {limit.scope} is used up"
    return Verdict(
        Outcome.LIMITED,
        Reason(
            "cooldown" if cools_down else "rate_limit",
            said.format(name=f"{command.prefix}{command.name}", wait=wait),
            round(answer.retry_after_s, 3),
        ),
        remedy=f"waiting {wait} s",
    )


def _whose(context: Context, scope: str) -> str:
    if scope == "user":
        # The person, so that a cooldown follows them over every linked platform.
        known = context.caller.user_id if context.caller else 0
        return str(known or f"{context.event.platform}:{context.event.user_id}")
    return context.event.entity if scope == "channel" else ""
