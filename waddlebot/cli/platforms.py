"""The platforms that can be listened to from here. What each needs is loaded for it alone."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from waddlebot.lib.env import BadSettingError, Env

if TYPE_CHECKING:
    from waddlebot.collectors.base import Hear, Platform

PLATFORMS: Final = ("twitch",)


async def maker(
    platform: str, env: Env, *, verified: bool = False
) -> "Callable[[Hear], Platform]":
    """Read a platform's settings. Raises BadSettingError, GiveUpError or ConnectionError."""
    del platform
    return await _twitch(env, verified=verified)


async def _twitch(env: Env, *, verified: bool) -> "Callable[[Hear], Platform]":
    from waddlebot.collectors.twitch import BotToken, Options, Twitch

    token = BotToken(
        env.token("TWITCH_BOT_TOKEN"),
        env.token("TWITCH_BOT_REFRESH_TOKEN"),
        env.token("TWITCH_CLIENT_ID"),
        env.token("TWITCH_CLIENT_SECRET"),
        env.web_url("TWITCH_ID_URL", "https://id.twitch.tv"),
    )
    login = env.token("TWITCH_BOT_LOGIN").lower()
    if not (login or token.access):
        raise BadSettingError("TWITCH_BOT_TOKEN is needed: a token with chat:read and chat:edit")
    url = env.text("TWITCH_IRC_URL", "ircs://irc.chat.twitch.tv:6697")
    try:
        options = Options.read(url, login or await token.login(), verified=verified)
    except ValueError as flaw:
        raise BadSettingError(f"TWITCH_IRC_URL: {flaw}") from None
    return partial(Twitch, options=options, tokens=token)
