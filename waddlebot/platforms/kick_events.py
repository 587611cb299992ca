"""What Kick's webhooks tell, as the contract's events: https://docs.kick.com/events/event-types."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from waddlebot.platforms.hooks import without_nothing

ROLES: Final = {
    "broadcaster": "broadcaster",
    "moderator": "moderator",
    "vip": "vip",
    "subscriber": "subscriber",
    "founder": "subscriber",
    "bot": "bot",
}
NOBODY: Final = {"user_id": "anonymous", "user_name": "anonymous", "display_name": ""}


class Badge(msgspec.Struct):
    type: str


class Identity(msgspec.Struct):
    badges: list[Badge] | None = None


class Person(msgspec.Struct):
    user_id: int | None = None
    username: str | None = None
    channel_slug: str | None = None
    identity: Identity | None = None


class Facts(msgspec.Struct):
    reason: str | None = None
    expires_at: str | None = None


class Gift(msgspec.Struct):
    amount: int
    name: str = ""
    message: str = ""


class Parent(msgspec.Struct):
    message_id: str = ""


class Happening(msgspec.Struct):
    """The fields of all events we know; each has some."""

    broadcaster: Person
    sender: Person | None = None
    follower: Person | None = None
    subscriber: Person | None = None
    gifter: Person | None = None
    giftees: list[Person] | None = None
    moderator: Person | None = None
    banned_user: Person | None = None
    message_id: str | None = None
    content: str | None = None
    replies_to: Parent | None = None
    duration: int | None = None
    is_live: bool | None = None
    title: str | None = None
    gift: Gift | None = None
    metadata: Facts | None = None


Told = dict[str, Any]


def to_event(kind: str, told: Happening) -> Told | None:
    """Return the event, None for a type we have no word for, or one that its body is not."""
    return READERS[kind](told) if kind in READERS else None


def _chat(told: Happening) -> Told | None:
    if told.content is None or told.sender is None or not told.message_id:
        return None
    event = _event("chatMessage", told, told.sender)
    badges = (told.sender.identity and told.sender.identity.badges) or []
    roles = sorted({ROLES[badge.type] for badge in badges if badge.type in ROLES})
    if told.replies_to:
        event["metadata"]["reply_to"] = told.replies_to.message_id
    return event | {
        "message_content": told.content,
        "message_id": told.message_id,
        "user_roles": roles,
    }


def _follow(told: Happening) -> Told | None:
    return _event("follow", told, told.follower) if told.follower else None


def _subscribed(message_type: str) -> Callable[[Happening], Told | None]:
    def read(told: Happening) -> Told | None:
        if told.subscriber is None:
            return None
        return _event(message_type, told, told.subscriber, months=told.duration)

    return read


def _gave(told: Happening) -> Told | None:
    if told.giftees is None:
        return None
    return _event("subgift", told, told.gifter, total=len(told.giftees))


def _cheered(told: Happening) -> Told | None:
    if told.gift is None:
        return None
    event = _event("cheer", told, told.sender, kicks=told.gift.amount, gift=told.gift.name)
    return event | {"message_content": told.gift.message}


def _banned(told: Happening) -> Told | None:
    if told.banned_user is None or told.metadata is None:
        return None
    until = told.metadata.expires_at
    by = told.moderator and told.moderator.user_id
    facts = {"reason": told.metadata.reason, "ends_at": until, "moderator_user_id": by}
    return _event("timeout" if until else "ban", told, told.banned_user, **facts)


def _streams(told: Happening) -> Told | None:
    if told.is_live is None:
        return None
    kind = "stream_online" if told.is_live else "stream_offline"
    return _event(kind, told, told.broadcaster, title=told.title)


def _event(message_type: str, told: Happening, who: Person | None, **facts: Any) -> Told:
    somebody = NOBODY
    if who and who.user_id:
        name = who.username or str(who.user_id)
        somebody = {"user_id": str(who.user_id), "user_name": name, "display_name": name}
    return {
        "platform": "kick",
        "server_id": (told.broadcaster.channel_slug or "").lower(),
        **somebody,
        "message_type": message_type,
        "metadata": without_nothing(
            {"broadcaster_user_id": str(told.broadcaster.user_id), **facts}
        ),
    }


READERS: Final[Mapping[str, Callable[[Happening], Told | None]]] = {
    "channel.followed": _follow,
    "channel.subscription.gifts": _gave,
    "channel.subscription.new": _subscribed("subscription"),
    "channel.subscription.renewal": _subscribed("resub"),
    "chat.message.sent": _chat,
    "kicks.gifted": _cheered,
    "livestream.status.updated": _streams,
    "moderation.banned": _banned,
}
