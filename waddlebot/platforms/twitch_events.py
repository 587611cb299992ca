"""What EventSub tells, as the contract's events.

https://dev.twitch.tv/docs/eventsub/eventsub-subscription-types/
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from django.conf import settings

from waddlebot.platforms.hooks import Private, without_nothing
from waddlebot.platforms.twitch_shapes import Happening, Text

# Whom Twitch's own chat names when somebody gives or cheers without a name.
NOBODY: Final = {
    "user_id": "274598607",
    "user_name": "ananonymousgifter",
    "display_name": "AnAnonymousGifter",
}
ROLES: Final = {
    "broadcaster": "broadcaster",
    "lead_moderator": "moderator",
    "moderator": "moderator",
    "vip": "vip",
    "subscriber": "subscriber",
    "founder": "subscriber",
    "bot-badge": "bot",
}


Told = dict[str, Any]


def to_event(kind: str, told: Happening) -> Told | None:
    """Return the event, None for a subscription type the contract has no word for."""
    reader = READERS.get(kind)
    return reader(told) if reader else None


def whispered(told: Happening, event_id: str) -> Private | None:
    """Return who has written what to the bot alone."""
    if not told.from_user_id or told.from_user_id == settings.TWITCH_BOT_USER_ID:
        return None
    account = {
        "platform": "twitch",
        "user_id": told.from_user_id,
        "user_name": told.from_user_login,
        "display_name": told.from_user_name,
    }
    text = told.whisper.text if told.whisper else ""
    return Private(account, tuple(text.lstrip("!/ ").split()), event_id)


def _chat(told: Happening) -> Told | None:
    # In a shared chat, what was typed in another channel comes a second time from there. And
    # whoever answered itself would never stop.
    is_from_elsewhere = told.source_broadcaster_user_id not in {None, told.broadcaster_user_id}
    if is_from_elsewhere or told.chatter_user_id == settings.TWITCH_BOT_USER_ID:
        return None
    event = _event("chatMessage", told)
    event |= {
        "user_id": told.chatter_user_id,
        "user_name": told.chatter_user_login,
        "display_name": told.chatter_user_name,
        "user_roles": roles_of(badge.set_id for badge in told.badges),
        "message_content": _text(told),
        "message_id": told.message_id,
    }
    if told.cheer:
        event["metadata"]["bits"] = told.cheer.bits
    if told.reply:
        event["metadata"]["reply_to"] = told.reply.parent_message_id
    return event


def roles_of(badges: Iterable[str]) -> list[str]:
    """Return what somebody is in a channel, in the contract's words."""
    return sorted({ROLES[badge] for badge in badges if badge in ROLES})


def _ban(told: Happening) -> Told:
    return _event("ban" if told.is_permanent else "timeout", told)


def _raid(told: Happening) -> Told:
    return {
        **_event("raid", told),
        "server_id": told.to_broadcaster_user_login.lower(),
        "user_id": told.from_broadcaster_user_id,
        "user_name": told.from_broadcaster_user_login,
        "display_name": told.from_broadcaster_user_name,
        "metadata": {
            "broadcaster_user_id": told.to_broadcaster_user_id,
            "viewers": told.viewers,
        },
    }


def _stream(message_type: str) -> Callable[[Happening], Told]:
    def read(told: Happening) -> Told:
        return {
            **_event(message_type, told),
            "user_id": told.broadcaster_user_id,
            "user_name": told.broadcaster_user_login,
            "display_name": told.broadcaster_user_name,
        }

    return read


def _plain(message_type: str) -> Callable[[Happening], Told]:
    return lambda told: _event(message_type, told)


def _event(message_type: str, told: Happening) -> Told:
    somebody: Mapping[str, Any] = {
        "user_id": told.user_id,
        "user_name": told.user_login,
        "display_name": told.user_name,
    }
    return {
        "platform": "twitch",
        # The contract names a channel by its login; Twitch's number is what never changes.
        "server_id": told.broadcaster_user_login.lower(),
        **(somebody if told.user_id else NOBODY),
        "message_type": message_type,
        "message_content": _text(told),
        "metadata": without_nothing({name: getattr(told, name) for name in FACTS}),
    }


def _text(told: Happening) -> str:
    return told.message.text if isinstance(told.message, Text) else told.message or ""


FACTS: Final = (
    "broadcaster_user_id", "moderator_user_id", "bits", "tier", "total", "is_gift",
    "cumulative_months", "streak_months", "reason", "ends_at", "type",
)  # fmt: skip
READERS: Final[Mapping[str, Callable[[Happening], Told | None]]] = {
    "channel.ban": _ban,
    "channel.chat.message": _chat,
    "channel.cheer": _plain("cheer"),
    "channel.follow": _plain("follow"),
    "channel.raid": _raid,
    "channel.subscribe": _plain("subscription"),
    "channel.subscription.gift": _plain("subgift"),
    "channel.subscription.message": _plain("resub"),
    "stream.offline": _stream("stream_offline"),
    "stream.online": _stream("stream_online"),
}
