"""What collectors say when they share entities out, and what they are told."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from core_router.operations.collectors import Lease
from core_router.operations.leases import Status
from core_router.queries.leases import lease_time
from core_router.wire import Slug
from waddlebot.lib.wire import decode

MOST_AT_ONCE: Final = 1000
BODY_BYTES: Final = 1024 * 1024
USUAL_CLAIMS: Final = 5

CollectorName = Annotated[str, Meta(min_length=1, max_length=100)]
Entity = Annotated[str, Meta(min_length=1, max_length=240)]


class ClaimShape(msgspec.Struct, forbid_unknown_fields=True):
    platform: Slug
    collector_id: CollectorName
    max_claims: Annotated[int, Meta(ge=1, le=MOST_AT_ONCE)] = USUAL_CLAIMS


class StatusShape(msgspec.Struct, forbid_unknown_fields=True):
    entity: Entity
    is_live: bool | None = None
    viewer_count: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None
    error: Annotated[str, Meta(max_length=200)] | None = None


class HeartbeatShape(msgspec.Struct, forbid_unknown_fields=True):
    collector_id: CollectorName
    statuses: Annotated[list[StatusShape], Meta(max_length=MOST_AT_ONCE)] = []

    def by_entity(self) -> dict[str, Status]:
        return {
            each.entity: Status(each.is_live, each.viewer_count, each.error or "")
            for each in self.statuses
        }


class ReleaseShape(msgspec.Struct, forbid_unknown_fields=True):
    collector_id: CollectorName
    entities: Annotated[list[Entity], Meta(max_length=MOST_AT_ONCE)] | None = None


CLAIM: Final = msgspec.json.Decoder(ClaimShape)
HEARTBEAT: Final = msgspec.json.Decoder(HeartbeatShape)
RELEASE: Final = msgspec.json.Decoder(ReleaseShape)


def read_claim(body: bytes) -> ClaimShape:
    return decode(body, CLAIM)


def read_heartbeat(body: bytes) -> HeartbeatShape:
    return decode(body, HEARTBEAT)


def read_release(body: bytes) -> ReleaseShape:
    return decode(body, RELEASE)


def told(leases: Sequence[Lease]) -> dict[str, Any]:
    return {"claims": leases, "lease_s": int(lease_time().total_seconds())}
