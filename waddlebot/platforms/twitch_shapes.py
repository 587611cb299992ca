"""The parts of EventSub's notifications that mean something here."""

import msgspec


class Badge(msgspec.Struct):
    set_id: str


class Text(msgspec.Struct):
    text: str = ""


class Cheer(msgspec.Struct):
    bits: int = 0


class Reply(msgspec.Struct):
    parent_message_id: str = ""


class Happening(msgspec.Struct):
    """The fields of all events we know; each has some."""

    broadcaster_user_id: str = ""
    broadcaster_user_login: str = ""
    broadcaster_user_name: str = ""
    source_broadcaster_user_id: str | None = None
    chatter_user_id: str = ""
    chatter_user_login: str = ""
    chatter_user_name: str = ""
    user_id: str | None = None
    user_login: str | None = None
    user_name: str | None = None
    moderator_user_id: str | None = None
    from_user_id: str = ""
    from_user_login: str = ""
    from_user_name: str = ""
    whisper: Text | None = None
    from_broadcaster_user_id: str = ""
    from_broadcaster_user_login: str = ""
    from_broadcaster_user_name: str = ""
    to_broadcaster_user_id: str = ""
    to_broadcaster_user_login: str = ""
    message_id: str = ""
    message: Text | str | None = None
    badges: list[Badge] = []
    cheer: Cheer | None = None
    reply: Reply | None = None
    bits: int | None = None
    tier: str | None = None
    total: int | None = None
    is_gift: bool | None = None
    cumulative_months: int | None = None
    streak_months: int | None = None
    viewers: int | None = None
    reason: str | None = None
    ends_at: str | None = None
    is_permanent: bool | None = None
    type: str | None = None
