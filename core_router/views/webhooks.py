"""The platforms' own webhooks, for when no fast path stands before Django."""

from drf_spectacular.utils import extend_schema

from core_router.ingest import interactions, slack, webhooks
from waddlebot.lib.views import SignedView


@extend_schema(exclude=True)
class DiscordView(SignedView):
    route = interactions.DISCORD


@extend_schema(exclude=True)
class KickView(SignedView):
    route = webhooks.KICK


@extend_schema(exclude=True)
class SlackView(SignedView):
    route = slack.SLACK


@extend_schema(exclude=True)
class TwitchView(SignedView):
    route = webhooks.TWITCH
