"""Discord's interactions: what somebody calls there is answered in the answer to the request.

Discord waits three seconds. What is said by then stands in the answer; what a module outside this
process says comes the way of every action: by the connector, or the place's collector.
"""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from core_router.data import Outcome
from core_router.ingest.private import answer_in_private
from core_router.ingest.taking import speak_in
from core_router.ingest.webhooks import MOST_BYTES
from core_router.pipeline import Context
from core_router.wire import to_event
from waddlebot.lib.endpoints import Answer, Asked, Route
from waddlebot.lib.errors import UnavailableError
from waddlebot.lib.limits import hit_log
from waddlebot.lib.wire import encode
from waddlebot.platforms import discord_hooks
from waddlebot.platforms.discord_hooks import Completing, Ping, Pressed, Private, Slash
from waddlebot.platforms.hooks import BadSignatureError

PONG: Final = {"type": 1}
PRESSED: Final = {"type": 6}
NO_CHOICES: Final[Mapping[str, Any]] = {"type": 8, "data": {"choices": []}}
MESSAGE: Final = 4
FOR_ONE: Final = 64
LONGEST: Final = 2000
LATER: Final = "It is being done. The answer comes in this channel."
NO_USE: Final = "Nobody here waits for this."
DONE: Final = "Done."
SAID_OF: Final[Mapping[Outcome, str]] = {
    Outcome.UNKNOWN_ENTITY: "This server belongs to no community of WaddleBot.",
    Outcome.UNKNOWN_COMMAND: "No command of this community has that name.",
    Outcome.MODERATED: "A rule of this community stands against it.",
    Outcome.PENDING: LATER,
}


def take(asked: Asked, *, now: datetime) -> Answer:
    """Raises BadSignatureError, NotSetUpError, and MalformedError or InvalidError."""
    told = discord_hooks.read(asked.body, asked.headers, now=now)
    _demand_new(asked.headers[discord_hooks.SIGNATURE])
    return Answer(HTTPStatus.OK, encode(_answer(told, now)))


def _demand_new(signature: str) -> None:
    # Discord sends an interaction once: somebody else sends it again. Twice the window, since
    # what is signed for in five minutes is good for ten.
    name = f"wb:hook:discord:{signature}"
    try:
        is_new = hit_log(name, 1, 2 * discord_hooks.WINDOW_S).allowed
    except UnavailableError:
        # Without Redis a command is still done once: its execution is a row.
        return
    if not is_new:
        raise BadSignatureError


def _answer(told: discord_hooks.Asked, now: datetime) -> Mapping[str, Any]:
    match told:
        case Ping():
            return PONG
        case Slash(event):
            return _called(event, now)
        case Private(account, words):
            return message(answer_in_private(account, words, now=now), for_one=True)
        case Pressed():
            return PRESSED
        case Completing():
            return NO_CHOICES
    return message(NO_USE, for_one=True)


def message(text: str, *, for_one: bool) -> Mapping[str, Any]:
    """Return a line that calls nobody, whoever it names."""
    data = {"content": text[:LONGEST], "allowed_mentions": {"parse": []}}
    return {"type": MESSAGE, "data": {**data, "flags": FOR_ONE} if for_one else data}


def _called(event: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    context, lines = speak_in(to_event(event), now=now, longest=LONGEST)
    if context is None:
        return message(LATER, for_one=True)
    verdict = context.verdict
    if verdict and verdict.outcome is Outcome.DUPLICATE:
        raise BadSignatureError
    if lines:
        text = "\n".join(line["text"] for line in lines)
        return message(text, for_one=bool(lines[0].get("ephemeral")))
    return message(without_words(context), for_one=True)


def without_words(context: Context) -> str:
    """Return what to say to whoever called a command that itself says nothing."""
    verdict = context.verdict
    if verdict is None:
        return NO_USE
    return SAID_OF.get(verdict.outcome) or (verdict.reason.detail if verdict.reason else DONE)


DISCORD: Final = Route("core_router", take, MOST_BYTES, discord_hooks.SIGNED_BY)
ROUTES: Final[Mapping[str, Route]] = {"/router/v1/hooks/discord": DISCORD}
