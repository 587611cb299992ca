"""A workspace lets the bot in, and gives it a token of its own.

https://docs.slack.dev/authentication/installing-with-oauth. Tokens of applications with token
rotation last twelve hours: https://docs.slack.dev/authentication/using-token-rotation.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from waddlebot.platforms.client import Answer, Request, call, demand_good_time
from waddlebot.platforms.errors import ClosedError, FaultyError, RefusedError
from waddlebot.platforms.installing import Grant, Installer, secret_in
from waddlebot.platforms.slack_calls import ask
from waddlebot.platforms.slack_roles import SEPARATOR, TEAM

SCOPES: Final = (
    "app_mentions:read", "channels:history", "channels:read", "chat:write", "commands",
    "groups:history", "im:history", "im:write", "reactions:read", "team:read", "users:read",
)  # fmt: skip
ROUTE: Final = "slack:oauth.v2.access"
GONE: Final = frozenset({"account_inactive", "invalid_auth", "token_expired", "token_revoked"})


class SlackInstaller(Installer):
    slug = "slack"

    def is_set_up(self) -> bool:
        return bool(settings.SLACK_CLIENT_ID and settings.SLACK_CLIENT_SECRET)

    def address(self) -> str:
        parts = urlsplit(settings.SLACK_API_URL)
        return f"{parts.scheme}://{parts.netloc}/oauth/v2/authorize"

    def asks(self) -> Mapping[str, str]:
        return {"client_id": settings.SLACK_CLIENT_ID, "scope": ",".join(SCOPES)}

    def redeem(self, code: str, verifier: str) -> Grant:
        form = {"code": code, "redirect_uri": self.comes_back_to, "code_verifier": verifier}
        answer = _ask(form)
        team, scopes = answer.text("team", "id"), answer.body.get("scope", "")
        access, refresh = secret_in(answer, "access_token"), secret_in(answer, "refresh_token")
        if not (TEAM.fullmatch(team) and access and isinstance(scopes, str)):
            raise FaultyError
        given = frozenset(filter(None, SEPARATOR.split(scopes)))
        return Grant(team, team, answer.text("team", "name"), given, access, refresh)

    def leave(self, grant: Grant) -> None:
        try:
            ask("POST", "auth.revoke", {}, refusal_of=_refusal_of, token=grant.access)
        except RefusedError as refusal:
            if refusal.code not in GONE:
                raise


def renew(refresh: str) -> tuple[str, str]:
    """Return a new token and what renews it next; raises OutboundError."""
    answer = _ask({"grant_type": "refresh_token", "refresh_token": refresh})
    access = secret_in(answer, "access_token")
    if not access:
        raise FaultyError
    return access, secret_in(answer, "refresh_token") or refresh


def examine(token: str) -> str:
    """Return the workspace a token is of; raises ClosedError for one that is worth nothing."""
    answer = ask("POST", "auth.test", {}, refusal_of=_refusal_of, token=token)
    return answer.text("team_id")


def _ask(form: Mapping[str, str]) -> Answer:
    us = {"client_id": settings.SLACK_CLIENT_ID, "client_secret": settings.SLACK_CLIENT_SECRET}
    url = f"{settings.SLACK_API_URL}/oauth.v2.access"
    answer = call(Request("POST", url, ROUTE, {}, form=us | dict(form)))
    demand_good_time(answer, route=ROUTE)
    if answer.body.get("ok") is not True:
        raise RefusedError("code_refused", "Slack does not know this answer. Begin again.")
    return answer


def _refusal_of(code: str) -> RefusedError:
    return ClosedError(code, f"Slack refuses the token of this workspace ({code}).")
