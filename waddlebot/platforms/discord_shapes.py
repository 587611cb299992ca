"""An interaction, as far as we read it.

https://docs.discord.com/developers/interactions/receiving-and-responding.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

Snowflake = Annotated[str, Meta(pattern=r"^[0-9]{1,20}$")]
Bits = Annotated[str, Meta(pattern=r"^[0-9]{1,40}$")]


class User(msgspec.Struct):
    id: Snowflake
    username: str = ""
    global_name: str | None = None
    bot: bool = False


class Member(msgspec.Struct):
    user: User
    nick: str | None = None
    permissions: Bits = "0"


class Option(msgspec.Struct):
    name: str
    type: int
    value: str | int | float | bool | None = None
    options: "list[Option] | None" = None


class Data(msgspec.Struct):
    name: str = ""
    type: int = 1
    options: list[Option] | None = None


class Interaction(msgspec.Struct):
    id: Snowflake
    type: int
    # What it holds depends on `type`: only a command's is read.
    data: Any = None
    guild_id: Snowflake | None = None
    channel_id: Snowflake | None = None
    member: Member | None = None
    user: User | None = None
    locale: str = ""
