"""What Slack sends: events are heard, and commands are answered in the answer to the request.

Slack waits three seconds. What is said by then stands in the answer; what a module outside this
process says comes the way of every action: by the connector, or the place's collector.
"""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from core_router.data import Outcome
from core_router.ingest.interactions import LATER, without_words
from core_router.ingest.private import take_private
from core_router.ingest.taking import speak_in, take_in
from core_router.ingest.webhooks import MOST_BYTES
from core_router.wire import to_event
from waddlebot.lib.endpoints import Answer, Asked, Route
from waddlebot.lib.wire import encode
from waddlebot.platforms import slack_hooks
from waddlebot.platforms.hooks import BadSignatureError, Challenge, Happened, Private
from waddlebot.platforms.slack_events import marked
from waddlebot.platforms.slack_hooks import Slash

LONGEST: Final = 4000
HEARD: Final = Answer(HTTPStatus.OK, b"", content_type="text/plain")


def take(asked: Asked, *, now: datetime) -> Answer:
    match slack_hooks.read(asked.body, asked.headers, now=now):
        case Challenge(text):
            return Answer(HTTPStatus.OK, text.encode(), content_type="text/plain")
        case Slash(event):
            return Answer(HTTPStatus.OK, encode(_called(event, now)))
        case Happened(event):
            take_in(to_event(event), now=now)
        case Private() as told:
            take_private(told, now=now)
    return HEARD


def _called(event: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    context, lines = speak_in(to_event(event), now=now, longest=LONGEST)
    if context is None:
        return _message(LATER, for_one=True)
    if context.verdict and context.verdict.outcome is Outcome.DUPLICATE:
        # Slack sends a command once: somebody else sends it again.
        raise BadSignatureError
    if lines:
        text = "\n".join(line["text"] for line in lines)
        return _message(text, for_one=bool(lines[0].get("ephemeral")))
    return _message(without_words(context), for_one=True)


def _message(text: str, *, for_one: bool) -> Mapping[str, Any]:
    return {"response_type": "ephemeral" if for_one else "in_channel", "text": marked(text)}


SLACK: Final = Route("core_router", take, MOST_BYTES, slack_hooks.SIGNED_BY)
ROUTES: Final[Mapping[str, Route]] = {"/router/v1/hooks/slack": SLACK}
