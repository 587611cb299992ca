"""What lines of Twitch chat mean: https://dev.twitch.tv/docs/chat/irc/#supported-irc-messages."""

import re
from datetime import UTC, datetime
from typing import Any, Final

from waddlebot.collectors.base import Event, cleaned
from waddlebot.collectors.twitch.wire import Line

LONGEST_TEXT: Final = 4000
LONGEST_NAME: Final = 100
ROLES: Final = {
    "broadcaster": "broadcaster",
    "moderator": "moderator",
    "lead_moderator": "moderator",
    "vip": "vip",
    "subscriber": "subscriber",
    "founder": "subscriber",
    "bot-badge": "bot",
}
NOTICES: Final = {
    "sub": "subscription",
    "resub": "resub",
    "subgift": "subgift",
    "submysterygift": "subgift",
    "giftpaidupgrade": "subscription",
    "primepaidupgrade": "subscription",
    "raid": "raid",
    "announcement": "chatMessage",
}
ACTION: Final = re.compile(r"\x01ACTION (.*?)\x01?", re.DOTALL)
PARAM: Final = "msg-param-"


def events_of(line: Line, platform: str) -> list[Event]:
    """Return what has happened; nothing for lines that tell of no event."""
    reader = READERS.get(line.command)
    if reader is None or not line.channel or _is_from_elsewhere(line.tags):
        return []
    return [
        {"platform": platform, "server_id": line.channel[:LONGEST_NAME], **event}
        for event in reader(line)
    ]


def _is_from_elsewhere(tags: dict[str, str]) -> bool:
    """In a shared chat each line comes to every channel; the one it was typed in answers it."""
    source = tags.get("source-room-id")
    return bool(source) and source != tags.get("room-id")


def _privmsg(line: Line) -> list[Event]:
    text, metadata = _text(line)
    message = {
        **_who(line.tags, line.nick),
        **_when(line.tags),
        "message_type": "chatMessage",
        "message_content": text,
        "metadata": metadata,
    }
    if not line.tags.get("bits"):
        return [message]
    cheer = {**message, "event_id": f"{line.tags.get('id', '')}:cheer", "message_type": "cheer"}
    return [message, cheer]


def _usernotice(line: Line) -> list[Event]:
    kind = NOTICES.get(line.tags.get("msg-id", ""))
    if kind is None:
        return []
    told = {name: value for name, value in line.tags.items() if name.startswith(PARAM)}
    metadata = {name.removeprefix(PARAM).replace("-", "_"): told[name][:500] for name in told}
    return [
        {
            **_who(line.tags, line.tags.get("login", "")),
            **_when(line.tags),
            "message_type": kind,
            "message_content": cleaned(line.param(1), LONGEST_TEXT),
            "metadata": {**metadata, "system_message": line.tags.get("system-msg", "")[:500]},
        }
    ]


def _clearchat(line: Line) -> list[Event]:
    """Somebody was banned, for a while or for ever; without a name all lines were removed."""
    tags, login = line.tags, line.param(1)
    if not login:
        return []
    seconds = tags.get("ban-duration", "")
    at = tags.get("tmi-sent-ts", "")
    user_id = tags.get("target-user-id") or login
    return [
        {
            **_when({name: value for name, value in tags.items() if name != "id"}),
            "event_id": f"clearchat:{line.channel}:{user_id}:{at}",
            "user_id": user_id,
            "user_name": login,
            "message_type": "timeout" if seconds else "ban",
            "metadata": {"seconds": int(seconds)} if seconds.isdecimal() else {},
        }
    ]


READERS: Final = {"PRIVMSG": _privmsg, "USERNOTICE": _usernotice, "CLEARCHAT": _clearchat}


def _text(line: Line) -> tuple[str, dict[str, Any]]:
    """Return what was said, and what is known of it beside."""
    tags, text = line.tags, line.param(1)
    metadata: dict[str, Any] = {}
    if action := ACTION.fullmatch(text):
        text, metadata["is_action"] = action[1], True
    if parent := tags.get("reply-parent-msg-id"):
        metadata["reply_to"] = parent
        # Twitch puts the name before the text, where it would hide a command.
        name = tags.get("reply-parent-display-name", "")
        text = text.removeprefix(f"@{name} ")
    if tags.get("bits", "").isdecimal():
        metadata["bits"] = int(tags["bits"][:12])
    return cleaned(text, LONGEST_TEXT), metadata


def _who(tags: dict[str, str], login: str) -> Event:
    badges = (badge.partition("/")[0] for badge in tags.get("badges", "").split(","))
    roles = dict.fromkeys(ROLES[badge] for badge in badges if badge in ROLES)
    if tags.get("mod") == "1":
        roles["moderator"] = None
    name = cleaned(login or "?", LONGEST_NAME)
    return {
        "user_id": tags.get("user-id") or name.lower(),
        "user_name": name.lower(),
        "display_name": cleaned(tags.get("display-name") or name, LONGEST_NAME),
        "user_roles": list(roles),
    }


def _when(tags: dict[str, str]) -> Event:
    found: Event = {}
    if id_ := tags.get("id"):
        found["event_id"] = found["message_id"] = id_[:200]
    if (at := tags.get("tmi-sent-ts", "")).isdecimal() and len(at) <= len("1700000000000"):
        moment = datetime.fromtimestamp(int(at) / 1000, UTC)
        found["occurred_at"] = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return found
