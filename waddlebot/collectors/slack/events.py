"""What happens on Slack, as WaddleBot knows it: https://docs.slack.dev/reference/events."""

import html
import re
from datetime import UTC, datetime
from typing import Any, Final

from waddlebot.collectors.base import Event, cleaned

LONGEST_TEXT: Final = 4000
LONGEST_NAME: Final = 100
KINDS: Final = {
    "message": "chatMessage",
    "app_mention": "app_mention",
    "member_joined_channel": "member_join",
    "member_left_channel": "member_leave",
    "reaction_added": "reaction",
}
TOLD: Final = frozenset({None, "file_share", "thread_broadcast", "me_message"})
"""Kinds of messages that somebody has written; the others tell of edits and the like."""
LINK: Final = re.compile(
    r"<(?:(?P<at>[@#!])(?P<id>[^|>]+)|(?P<url>[^|>]+))(?:\|(?P<name>[^>]*))?>"
)


def event_of(envelope: dict[str, Any]) -> tuple[str, Event] | None:
    """Return in which channel something happened, and what; None for what is nothing to us."""
    told = envelope.get("event")
    if not isinstance(told, dict):
        return None
    kind = KINDS.get(str(told.get("type")))
    about = told.get("item")
    item: dict[str, Any] = about if isinstance(about, dict) else {}
    channel = told.get("channel") or item.get("channel")
    user = told.get("user")
    if not (kind and user and channel) or told.get("subtype") not in TOLD or told.get("bot_id"):
        return None
    is_file = told.get("subtype") == "file_share" and not told.get("text")
    metadata = {
        name: told[name] for name in ("thread_ts", "reaction") if isinstance(told.get(name), str)
    }
    return str(channel), {
        "event_id": str(envelope.get("event_id", "")),
        "user_id": str(user),
        "message_type": "file_share" if is_file else kind,
        "message_content": plain(str(told.get("text") or "")),
        "message_id": str(told.get("ts") or item.get("ts") or ""),
        **_when(str(told.get("event_ts") or told.get("ts") or "")),
        "metadata": metadata,
    }


def slash_of(payload: dict[str, Any]) -> tuple[str, Event]:
    text = f"{payload.get('command', '')} {payload.get('text', '')}".strip()
    return str(payload.get("channel_id", "")), {
        "event_id": str(payload.get("trigger_id", "")),
        "user_id": str(payload.get("user_id", "")),
        "message_type": "slashCommand",
        "message_content": plain(text),
        "metadata": {},
    }


def plain(text: str) -> str:
    """Return a text as people see it: https://docs.slack.dev/messaging/formatting-message-text."""
    return cleaned(html.unescape(LINK.sub(_shown, text)), LONGEST_TEXT)


def marked(text: str) -> str:
    """Return a text in which Slack finds no mention, and nobody is called who was not meant."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def who(user: dict[str, Any], id_: str) -> Event:
    """Return what `users.info` knows of somebody."""
    profile = user.get("profile") or {}
    name = cleaned(str(user.get("name") or id_), LONGEST_NAME)
    shown = str(profile.get("display_name") or user.get("real_name") or name)
    roles = ["bot"] if user.get("is_bot") else ["member"]
    if user.get("is_admin"):
        roles.append("moderator")
    if user.get("is_owner"):
        roles.append("broadcaster")
    return {
        "user_name": name,
        "display_name": cleaned(shown, LONGEST_NAME),
        "user_roles": roles,
    }


def _shown(found: re.Match[str]) -> str:
    if found["url"]:
        return found["url"]
    return f"{found['at']}{found['name'] or found['id']}"


def _when(stamp: str) -> Event:
    try:
        moment = datetime.fromtimestamp(float(stamp), UTC)
    except (ValueError, OverflowError, OSError):
        return {}
    return {"occurred_at": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
