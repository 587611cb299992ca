"""Slack's Events API, slash commands and interactivity, over HTTP.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from django.conf import settings

from waddlebot.lib.problems import MalformedError
from waddlebot.lib.wire import decode
from waddlebot.platforms.hooks import (
    BadSignatureError,
    Challenge,
    Event,
    Happened,
    NotSetUpError,
    Private,
    demand_fresh,
)
from waddlebot.platforms.slack_events import Happening, plain, slash_event, to_event, who

STAMP: Final = "x-slack-request-timestamp"
SIGNATURE: Final = "x-slack-signature"
SIGNED_BY: Final = (STAMP, SIGNATURE)
# As Slack's documentation does it.
WINDOW_S: Final = 300
SECONDS: Final = re.compile(r"[0-9]{1,11}")
MOST_FIELDS: Final = 100


@dataclass(frozen=True, slots=True)
class Slash:
    """Somebody has called a command; what is said to it may stand in our answer."""

    event: Event


@dataclass(frozen=True, slots=True)
class Unheard:
    """What we have no use for: buttons, menus, and events the contract has no word for."""


Asked = Challenge | Happened | Slash | Private | Unheard


class Envelope(msgspec.Struct):
    type: str
    challenge: str = ""
    team_id: str = ""
    event_id: str = ""
    event: Happening | None = None


ENVELOPE: Final = msgspec.json.Decoder(Envelope)


def read(body: bytes, headers: Mapping[str, str], *, now: datetime) -> Asked:
    """Raises NotSetUpError, BadSignatureError, and MalformedError or InvalidError."""
    _demand_signed(body, headers, now)
    if not body.lstrip().startswith(b"{"):
        return _form(body, now)
    told = decode(body, ENVELOPE)
    if told.type == "url_verification":
        return Challenge(told.challenge)
    if told.type != "event_callback" or told.event is None:
        return Unheard()
    if told.event.channel_type == "im":
        return _private(told.event, told.event_id)
    event = to_event(told.event, team_id=told.team_id, event_id=told.event_id)
    return Happened(event) if event else Unheard()


def _private(told: Happening, event_id: str) -> Asked:
    if told.type != "message" or not told.user or told.subtype or told.bot_id:
        return Unheard()
    words = tuple(plain(told.text or "").lstrip("!/").split())
    return Private(who(told.user, told.user), words, event_id)


def _form(body: bytes, now: datetime) -> Asked:
    try:
        form = dict(parse_qsl(body.decode(), max_num_fields=MOST_FIELDS, strict_parsing=True))
    except ValueError:
        form = {}
    if not form:
        raise MalformedError("This is neither JSON nor a form.")
    return Slash(slash_event(form, now=now)) if "command" in form else Unheard()


def _demand_signed(body: bytes, headers: Mapping[str, str], now: datetime) -> None:
    if not settings.SLACK_SIGNING_SECRET:
        raise NotSetUpError
    stamp, given = headers[STAMP], headers[SIGNATURE].encode(errors="replace")
    if not SECONDS.fullmatch(stamp):
        raise BadSignatureError
    demand_fresh(datetime.fromtimestamp(int(stamp), UTC), now, window_s=WINDOW_S)
    for secret in settings.SLACK_SIGNING_SECRET:
        signed = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256)
        if hmac.compare_digest(f"v0={signed.hexdigest()}".encode(), given):
            return
    raise BadSignatureError
