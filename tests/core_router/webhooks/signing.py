"""What the platforms send, signed as their documentation says."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import RequestFactory

from tests.core_router.conftest import Door, Said

TWITCH_SECRET: Final = "a secret of ten letters"
KICK_KEY: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KICK_PEM: Final = (
    KICK_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
)
DISCORD_KEY: Final = Ed25519PrivateKey.generate()
DISCORD_HEX: Final = DISCORD_KEY.public_key().public_bytes_raw().hex()


@dataclass
class Sent:
    """One request of a platform, whole."""

    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    def to(self, door: Door) -> Said:
        request = RequestFactory().post(self.path, self.body, content_type=self.content_type)
        named = {
            f"HTTP_{name.upper().replace('-', '_')}": each for name, each in self.headers.items()
        }
        return door.send(request.environ | named, key="")


def twitch(
    kind: str,
    event: dict[str, Any] | None = None,
    *,
    message_type: str = "notification",
    secret: str = TWITCH_SECRET,
    message_id: str = "",
    age: timedelta = timedelta(),
    **rest: Any,
) -> Sent:
    """https://dev.twitch.tv/docs/eventsub/handling-webhook-events/#verifying-the-event-message"""
    message = {"subscription": {"type": kind, "version": "1", "status": "enabled"}, **rest}
    if event is not None:
        message["event"] = event
    body = json.dumps(message).encode()
    # Twitch tells nanoseconds.
    stamp = f"{datetime.now(UTC) - age:%Y-%m-%dT%H:%M:%S.%f}123Z"
    message_id = message_id or str(uuid4())
    signed = hmac.new(secret.encode(), (message_id + stamp).encode() + body, hashlib.sha256)
    headers = {
        "Twitch-Eventsub-Message-Id": message_id,
        "Twitch-Eventsub-Message-Timestamp": stamp,
        "Twitch-Eventsub-Message-Signature": f"sha256={signed.hexdigest()}",
        "Twitch-Eventsub-Message-Type": message_type,
    }
    return Sent("/router/v1/hooks/twitch", body, headers)


def typed_on_twitch(text: str, *, sent: dict[str, Any] | None = None, **event: Any) -> Sent:
    """Return a line of bob's, a moderator, as `channel.chat.message` tells of it."""
    told = {
        "broadcaster_user_id": "1971641",
        "broadcaster_user_login": "rookery",
        "broadcaster_user_name": "Rookery",
        "source_broadcaster_user_id": None,
        "chatter_user_id": "42",
        "chatter_user_login": "bob",
        "chatter_user_name": "Bob",
        "message_id": str(uuid4()),
        "message": {"text": text, "fragments": [{"type": "text", "text": text}]},
        "badges": [{"set_id": "moderator", "id": "1", "info": ""}],
        "cheer": None,
        "reply": None,
        "message_type": "text",
        **event,
    }
    return twitch("channel.chat.message", told, **(sent or {}))


def kick(
    kind: str, body: dict[str, Any], *, message_id: str = "", age: timedelta = timedelta()
) -> Sent:
    """https://docs.kick.com/events/webhook-security"""
    raw = json.dumps(body).encode()
    stamp = f"{datetime.now(UTC) - age:%Y-%m-%dT%H:%M:%SZ}"
    message_id = message_id or uuid4().hex
    signed = KICK_KEY.sign(f"{message_id}.{stamp}.".encode() + raw, padding.PKCS1v15(), SHA256())
    headers = {
        "Kick-Event-Message-Id": message_id,
        "Kick-Event-Message-Timestamp": stamp,
        "Kick-Event-Signature": base64.b64encode(signed).decode(),
        "Kick-Event-Type": kind,
        "Kick-Event-Version": "1",
    }
    return Sent("/router/v1/hooks/kick", raw, headers)


def on_kick(number: int, name: str, **rest: Any) -> dict[str, Any]:
    return {"user_id": number, "username": name, "channel_slug": name.lower(), **rest}


def discord(
    kind: int, *, age: timedelta = timedelta(), key: Ed25519PrivateKey = DISCORD_KEY, **told: Any
) -> Sent:
    """https://docs.discord.com/developers/interactions/receiving-and-responding"""
    about = {"id": str(uuid4().int % 10**18), "application_id": "5", "token": "t", "version": 1}
    raw = json.dumps({**about, "type": kind, **told}).encode()
    stamp = str(int((datetime.now(UTC) - age).timestamp()))
    headers = {
        "X-Signature-Timestamp": stamp,
        "X-Signature-Ed25519": key.sign(stamp.encode() + raw).hex(),
    }
    return Sent("/router/v1/hooks/discord", raw, headers)


def called_on_discord(
    name: str, *values: Any, permissions: int = 0, age: timedelta = timedelta(), **told: Any
) -> Sent:
    """Return a slash command of bob's in channel 71 of server 70."""
    options = [{"name": f"o{i}", "type": 3, "value": each} for i, each in enumerate(values)]
    user = {"id": "42", "username": "bob", "global_name": "Bob"}
    member: dict[str, Any] = {
        "user": user,
        "nick": None,
        "permissions": str(permissions),
        "roles": [],
    }
    data = {"id": "9", "name": name, "type": 1, "options": options}
    place = {"guild_id": "70", "channel_id": "71", "member": member, "locale": "de"}
    return discord(2, age=age, **{"data": data, **place, **told})


def in_private_on_discord(name: str, *values: str) -> Sent:
    user = {"id": "42", "username": "bob", "global_name": "Bob"}
    alone: dict[str, Any] = {"guild_id": None, "member": None, "user": user}
    return called_on_discord(name, *values, **alone)


SLACK_SECRET: Final = "8f742231b10e8888abcd99yyyzzz85a5"


def slack(
    body: bytes, *, content_type: str = "application/json", age: timedelta = timedelta()
) -> Sent:
    """https://docs.slack.dev/authentication/verifying-requests-from-slack"""
    stamp = str(int((datetime.now(UTC) - age).timestamp()))
    signed = hmac.new(SLACK_SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256)
    headers = {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={signed.hexdigest()}",
    }
    return Sent("/router/v1/hooks/slack", body, headers, content_type)


def on_slack(kind: str = "message", *, event_id: str = "", **event: Any) -> Sent:
    told = {"type": kind, "channel": "C1", "user": "U42", "ts": "1764000000.000100"} | event
    envelope = {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": event_id or f"Ev{uuid4().hex}",
        "event": told,
    }
    return slack(json.dumps(envelope).encode())


def called_on_slack(text: str, *, trigger_id: str = "", **fields: str) -> Sent:
    form = {
        "command": "/waddle",
        "text": text,
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": "U42",
        "user_name": "bob",
        "trigger_id": trigger_id or uuid4().hex,
        "response_url": "https://hooks.slack.com/commands/1",
    } | fields
    return slack(urlencode(form).encode(), content_type="application/x-www-form-urlencoded")
