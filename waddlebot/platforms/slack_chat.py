"""Slack: lines in a channel, and what of moderation a bot may do there.

https://docs.slack.dev/reference/methods/chat.postMessage, one message a second in each channel;
…/chat.delete, which takes others' messages away with the token of a workspace's admin alone.
"""

import re
from typing import Final

from django.conf import settings

from waddlebot.platforms.errors import ClosedError, RefusedError
from waddlebot.platforms.limits import Limit, demand
from waddlebot.platforms.roles import Token
from waddlebot.platforms.slack_calls import ask
from waddlebot.platforms.speaking import Deed, Line, Spot

CHANNEL: Final = re.compile(r"[CDG][A-Z0-9]{2,30}")
# A second, and room for messages that arrive closer together than they were sent.
RESTS: Final = (1, 1.1)
NOT_US: Final = "Slack refuses the bot's token. Whoever runs this bot has to look at it."
NO_CHANNEL: Final = "Slack has no such channel, or the bot is not in it: /invite it there."
CLOSED: Final = {
    "account_inactive": NOT_US,
    "invalid_auth": NOT_US,
    "missing_scope": "The token lacks a scope that this needs.",
    "not_authed": NOT_US,
    "token_expired": NOT_US,
    "token_revoked": NOT_US,
    "channel_not_found": NO_CHANNEL,
    "not_in_channel": NO_CHANNEL,
    "is_archived": "The channel is archived.",
    "restricted_action": "The workspace lets the bot write nothing there.",
}
REFUSED: Final = {
    "msg_too_long": "Slack finds the message too long.",
    "cant_delete_message": (
        "Slack lets a bot take away its own messages alone; a workspace's admin does the rest."
    ),
}
DEEDS: Final = frozenset({"warn", "delete"})


def say(spot: Spot, line: Line) -> None:
    message = {"channel": _channel(spot), "text": plain(line.text)}
    if line.reply_to:
        message["thread_ts"] = line.reply_to
    demand(resting(message["channel"]))
    ask("POST", "chat.postMessage", message, refusal_of=_refusal_of, token=_token(spot.token))


def delete(spot: Spot, deed: Deed) -> None:
    message = {"channel": _channel(spot), "ts": deed.message_id}
    try:
        ask("POST", "chat.delete", message, refusal_of=_refusal_of, token=_token(spot.token))
    except RefusedError as refusal:
        if refusal.code != "message_not_found":
            raise


def resting(channel: str) -> Limit:
    return Limit(f"slack:channel:{channel}", *RESTS)


def plain(text: str) -> str:
    """Keep Slack from reading mentions and links into it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _channel(spot: Spot) -> str:
    if not CHANNEL.fullmatch(spot.channel_id):
        raise ClosedError("channel_not_found", NO_CHANNEL)
    return spot.channel_id


def _token(token: Token | None) -> str | Token:
    return token or str(settings.SLACK_BOT_TOKEN)


def _refusal_of(code: str) -> RefusedError:
    if text := CLOSED.get(code):
        return ClosedError(code, text)
    return RefusedError(code, REFUSED.get(code, f"Slack has refused it ({code})."))
