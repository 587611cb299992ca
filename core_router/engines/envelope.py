"""What every module outside this process is sent (contract 2)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from core_router.data import Event
from core_router.engines.base import Invocation
from core_router.engines.tokens import response_token
from core_router.sdk import Caller
from identity.data import Tenant

encode: Final = msgspec.json.Encoder().encode


def envelope_of(  # noqa: PLR0913 - it is what the contract names
    *,
    kind: str,
    session_id: str,
    community: Tenant,
    caller: Caller,
    event: Event,
    command: str = "",
    args: tuple[str, ...] = (),
    raw_args: str = "",
    config: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return all but what is known only as it is sent."""
    called = {"command": command, "args": args, "raw_args": raw_args} if command else {}
    return {
        "session_id": session_id,
        "kind": kind,
        **called,
        "user": {
            "id": caller.public_id,
            "name": caller.name,
            "display_name": caller.display_name,
            "platform": event.platform,
            "platform_user_id": event.user_id,
            "roles": event.user_roles,
            "labels": sorted(caller.labels),
        },
        "community": {"id": community.id, "name": community.name, "slug": community.slug},
        "entity": {
            "id": event.entity,
            "platform": event.platform,
            "server_id": event.server_id,
            "channel_id": event.channel_id,
        },
        "event": event,
        "config": config or {},
    }


def body_of(invocation: Invocation, sent_at: datetime) -> bytes:
    """Return the JSON a module is sent; `response_token` lets it answer later, and no one else."""
    return encode(
        {
            "execution_id": str(invocation.id),
            **invocation.envelope,
            "response_token": response_token(UUID(str(invocation.id))),
            "sent_at": sent_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        }
    )
