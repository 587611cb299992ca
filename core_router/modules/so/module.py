"""`!so`: send the viewers to somebody's channel."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from core_router.sdk import Call, CommandSpec, Module, RefusedError, Reply, Requirement, echo

CHANNELS: Mapping[str, str] = {
    "twitch": "https://twitch.tv/",
    "kick": "https://kick.com/",
    "youtube": "https://youtube.com/@",
}

_NAME = re.compile(r"[\w.-]{1,50}")


class Shoutout(Module):
    slug = "so"
    title = "Shoutout"
    description = "Recommends somebody's channel, with a link where there is one."
    commands = (
        CommandSpec(
            name="so",
            description="Recommends somebody's channel.",
            usage="<user>",
            aliases=("shoutout",),
            requires=Requirement(min_role="moderator"),
            min_args=1,
            is_pure=True,
        ),
    )

    def handle(self, call: Call) -> Reply:
        name = echo(call.args[0].lstrip("@").strip(), 50).strip()
        if not name:
            raise RefusedError("Whom do you mean? Usage: !so <user>")
        channel = CHANNELS.get(call.event.platform)
        if channel is None or not _NAME.fullmatch(name):
            return Reply(f"Go and see {name}!")
        return Reply(f"Go and see {name}! {channel}{quote(name)}")
