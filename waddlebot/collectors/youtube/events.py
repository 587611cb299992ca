"""What happens in a live chat: https://developers.google.com/youtube/v3/live/docs/liveChatMessages."""

from typing import Any, Final

from waddlebot.collectors.base import Event, cleaned

LONGEST_TEXT: Final = 4000
LONGEST_NAME: Final = 100
KINDS: Final = {
    "textMessageEvent": "chatMessage",
    "superChatEvent": "donation",
    "superStickerEvent": "donation",
    "newSponsorEvent": "subscription",
    "memberMilestoneChatEvent": "resub",
    "membershipGiftingEvent": "subgift",
    "userBannedEvent": "ban",
}
ROLES: Final = {
    "isChatOwner": "broadcaster",
    "isChatModerator": "moderator",
    "isChatSponsor": "subscriber",
}


def event_of(item: dict[str, Any]) -> Event | None:
    snippet, author = _part(item, "snippet"), _part(item, "authorDetails")
    kind = KINDS.get(str(snippet.get("type")))
    if kind is None:
        return None
    details = _part(snippet, "userBannedDetails")
    if details:
        kind = "timeout" if details.get("banType") == "temporary" else kind
        author = _part(details, "bannedUserDetails")
    if not author.get("channelId"):
        return None
    text = str(snippet.get("displayMessage") or "")
    return {
        "event_id": str(item.get("id", ""))[:200],
        "message_id": str(item.get("id", ""))[:200],
        **_who(author),
        "message_type": kind,
        "message_content": cleaned(text, LONGEST_TEXT),
        "occurred_at": str(snippet.get("publishedAt", ""))[:40],
        "metadata": _amount(snippet),
    }


def _who(author: dict[str, Any]) -> Event:
    name = cleaned(str(author.get("displayName") or author["channelId"]), LONGEST_NAME)
    return {
        "user_id": str(author["channelId"])[:LONGEST_NAME],
        "user_name": name,
        "display_name": name,
        "user_roles": [role for flag, role in ROLES.items() if author.get(flag)],
    }


def _amount(snippet: dict[str, Any]) -> dict[str, Any]:
    for name in ("superChatDetails", "superStickerDetails"):
        if details := _part(snippet, name):
            known = ("amountMicros", "currency", "amountDisplayString")
            return {each: str(details[each])[:50] for each in known if each in details}
    return {}


def _part(value: dict[str, Any], name: str) -> dict[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}
