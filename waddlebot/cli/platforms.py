"""The platforms that can be listened to from here. What each needs is loaded for it alone."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from waddlebot.lib.env import BadSettingError, Env

if TYPE_CHECKING:
    from waddlebot.collectors.base import Hear, Platform

PLATFORMS: Final = ("twitch", "discord", "slack", "youtube")


async def maker(
    platform: str, env: Env, *, verified: bool = False
) -> "Callable[[Hear], Platform]":
    """Read a platform's settings. Raises BadSettingError, GiveUpError or ConnectionError."""
    match platform:
        case "discord":
            return _discord(env)
        case "slack":
            return _slack(env)
        case "youtube":
            return _youtube(env)
        case _:
            return await _twitch(env, verified=verified)


def _discord(env: Env) -> "Callable[[Hear], Platform]":
    from waddlebot.collectors.discord import Discord

    token = env.token("DISCORD_BOT_TOKEN")
    if not token:
        raise BadSettingError("DISCORD_BOT_TOKEN is needed: the token of the bot")
    url = env.web_url("DISCORD_API_URL", "https://discord.com/api/v10")
    gateway = env.text("DISCORD_GATEWAY_URL", "wss://gateway.discord.gg/")
    return partial(Discord, token=token, url=url, gateway=gateway)


def _slack(env: Env) -> "Callable[[Hear], Platform]":
    from waddlebot.collectors.slack import Slack

    app_token, bot_token = env.token("SLACK_APP_TOKEN"), env.token("SLACK_BOT_TOKEN")
    if not (app_token and bot_token):
        raise BadSettingError("SLACK_APP_TOKEN (xapp-…) and SLACK_BOT_TOKEN (xoxb-…) are needed")
    url = env.web_url("SLACK_API_URL", "https://slack.com/api")
    return partial(Slack, app_token=app_token, bot_token=bot_token, url=url)


def _youtube(env: Env) -> "Callable[[Hear], Platform]":
    from waddlebot.collectors.youtube import Api, YouTube

    api = Api(
        env.token("YOUTUBE_CLIENT_ID"),
        env.token("YOUTUBE_CLIENT_SECRET"),
        env.token("YOUTUBE_REFRESH_TOKEN"),
        env.web_url("YOUTUBE_API_URL", "https://www.googleapis.com"),
        env.web_url("GOOGLE_TOKEN_URL", "https://oauth2.googleapis.com"),
    )
    if not (api.client_id and api.client_secret and api.refresh):
        needed = "YOUTUBE_CLIENT_ID, YOUTUBE_CLIENT_SECRET and YOUTUBE_REFRESH_TOKEN"
        raise BadSettingError(f"{needed} are needed")
    return partial(YouTube, api=api)


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
