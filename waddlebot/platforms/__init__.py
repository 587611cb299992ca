"""How Twitch, Discord and Slack are spoken to."""

from typing import Final

from waddlebot.platforms.base import Account, Platform, TokenFacts
from waddlebot.platforms.discord import Discord
from waddlebot.platforms.discord_install import DiscordInstaller
from waddlebot.platforms.installing import Grant, Installer
from waddlebot.platforms.outcomes import Capability, Delivery, Outcome
from waddlebot.platforms.roles import RoleChange, RoleState, Seat, Token, change_of
from waddlebot.platforms.slack import Slack
from waddlebot.platforms.slack_install import SlackInstaller
from waddlebot.platforms.speaking import Deed, Line, Spot
from waddlebot.platforms.twitch import Twitch
from waddlebot.platforms.twitch_install import TwitchInstaller

__all__ = [
    "INSTALLERS", "PLATFORMS", "Account", "Capability", "Deed", "Delivery", "Grant", "Installer",
    "Line", "Outcome", "Platform", "RoleChange", "RoleState", "Seat", "Spot", "Token",
    "TokenFacts", "change_of", "direct_message_platforms", "platform",
]  # fmt: skip

PLATFORMS: Final[dict[str, Platform]] = {
    each.slug: each for each in (Twitch(), Discord(), Slack())
}
INSTALLERS: Final[dict[str, Installer]] = {
    each.slug: each for each in (TwitchInstaller(), DiscordInstaller(), SlackInstaller())
}


def platform(slug: str) -> Platform | None:
    return PLATFORMS.get(slug)


def direct_message_platforms() -> frozenset[str]:
    """Return the platforms whose credentials are set."""
    return frozenset(
        slug
        for slug, member in PLATFORMS.items()
        if Capability.DIRECT_MESSAGE in member.capabilities()
    )
