"""Chat lines as a collector sends them: whole HTTP requests with room for a number."""

import secrets
from collections.abc import Sequence
from typing import Final

import msgspec

ENTITY: Final = "twitch+bench"
USERS: Final = 200
BATCH: Final = 100
NUMBER: Final = "%012d"
LINE: Final = "what a lovely stream today, greetings from the far north everyone"
COMMAND: Final = "!hello dear penguins"


def event(text: str, *, user: int, event_id: str) -> dict[str, object]:
    platform, server_id = ENTITY.split("+")
    return {
        "event_id": event_id,
        "platform": platform,
        "server_id": server_id,
        "user_id": str(1000 + user),
        "user_name": f"penguin{user}",
        "display_name": f"Penguin{user}",
        "user_roles": ["subscriber"],
        "message_type": "chatMessage",
        "message_content": text,
        "message_id": event_id,
        "occurred_at": "2026-11-23T10:00:00Z",
        "metadata": {},
    }


def single(path: str, text: str, key: str) -> list[bytes]:
    """Return one request for each of many users, with room for a number of its own."""
    run = secrets.token_hex(4)
    events = [event(text, user=user, event_id=f"{run}-{NUMBER}") for user in range(USERS)]
    return [post(path, msgspec.json.encode(each), key, slots=2) for each in events]


def batch(path: str, text: str, key: str) -> list[bytes]:
    """Return requests of a hundred events, each of another user."""
    run = secrets.token_hex(4)
    events = [event(text, user=n, event_id=f"{run}-{NUMBER}-{n}") for n in range(BATCH)]
    return [post(path, msgspec.json.encode({"events": events}), key, slots=2 * BATCH)]


def bodies(requests: Sequence[bytes]) -> list[bytes]:
    """Return only what the requests carry."""
    return [request.partition(b"\r\n\r\n")[2] for request in requests]


def post(path: str, body: bytes, key: str, *, slots: int) -> bytes:
    length = len(body) + slots * (12 - len(NUMBER))
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {key}\r\n"
        f"content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )
    return head.encode() + body
