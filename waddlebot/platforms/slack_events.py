"""What the Events API and slash commands tell, as the contract's events.

https://docs.slack.dev/reference/events
"""

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from waddlebot.platforms.hooks import without_nothing

LONGEST_TEXT: Final = 4000
OURS: Final = frozenset({"/waddle", "/waddlebot"})
"""Commands of a Slack app that stand for all of ours."""
KINDS: Final[Mapping[str, str]] = {
    "message": "chatMessage",
    "app_mention": "app_mention",
    "member_joined_channel": "member_join",
    "member_left_channel": "member_leave",
    "reaction_added": "reaction",
}
TOLD: Final = frozenset({"", "file_share", "thread_broadcast", "me_message"})
"""Kinds of messages that somebody has written; the others tell of edits and the like."""
LINK: Final = re.compile(
    r"<(?:(?P<at>[@#!])(?P<id>[^|>]+)|(?P<url>[^|>]+))(?:\|(?P<name>[^>]*))?>"
)


class Item(msgspec.Struct):
    channel: str = ""
    ts: str = ""


class Happening(msgspec.Struct):
    type: str
    subtype: str = ""
    channel: str = ""
    channel_type: str = ""
    user: str = ""
    text: str | None = None
    ts: str = ""
    thread_ts: str | None = None
    bot_id: str | None = None
    reaction: str | None = None
    item: Item | None = None


def to_event(told: Happening, *, team_id: str, event_id: str) -> dict[str, Any] | None:
    """Return the event; None for what the contract has no word for, and what bots say."""
    item = told.item or Item()
    channel = told.channel or item.channel
    kind = KINDS.get(told.type)
    if not (kind and told.user and channel) or told.subtype not in TOLD or told.bot_id:
        return None
    is_file = told.subtype == "file_share" and not told.text
    return {
        **who(told.user, told.user),
        "event_id": event_id,
        "server_id": team_id,
        "channel_id": channel,
        "user_roles": ["member"],
        "message_type": "file_share" if is_file else kind,
        "message_content": plain(told.text or ""),
        "message_id": told.ts or item.ts,
        **_when(told.ts),
        "metadata": without_nothing({"thread_ts": told.thread_ts, "reaction": told.reaction}),
    }


def slash_event(form: Mapping[str, str], *, now: datetime) -> dict[str, Any]:
    """Return the event: `/hail bob` calls hail, and so does `/waddlebot hail bob`."""
    command, text = form.get("command", ""), form.get("text", "").strip()
    words = f"/{text}" if text and command in OURS else f"{command} {text}".strip()
    return {
        **who(form.get("user_id", ""), form.get("user_name", "")),
        "event_id": form.get("trigger_id", ""),
        "server_id": form.get("team_id", ""),
        "channel_id": form.get("channel_id", ""),
        "user_roles": ["member"],
        "message_type": "slashCommand",
        "message_content": plain(words),
        "occurred_at": now.isoformat().replace("+00:00", "Z"),
        "metadata": {},
    }


def who(user_id: str, name: str) -> dict[str, Any]:
    """Return somebody. Events tell no more of them than their id."""
    return {
        "platform": "slack",
        "user_id": user_id,
        "user_name": name or user_id,
        "display_name": name or user_id,
    }


def plain(text: str) -> str:
    """Return a text as people see it: https://docs.slack.dev/messaging/formatting-message-text."""
    return html.unescape(LINK.sub(_shown, text))[:LONGEST_TEXT]


def marked(text: str) -> str:
    """Return a text in which Slack finds no mention, and nobody is called who was not meant."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _shown(found: re.Match[str]) -> str:
    return found["url"] or f"{found['at']}{found['name'] or found['id']}"


def _when(stamp: str) -> dict[str, str]:
    try:
        moment = datetime.fromtimestamp(float(stamp), UTC)
    except (ValueError, OverflowError, OSError):
        return {}
    return {"occurred_at": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
