"""Coordination as the OpenAPI document tells it."""

from typing import Any, Final

from core_router.serializers.coordination import MOST_AT_ONCE, USUAL_CLAIMS

Schema = dict[str, Any]

NAME: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 100}
ENTITY: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 240}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}


def _exactly(needed: list[str], **properties: Schema) -> Schema:
    return {
        "type": "object",
        "required": needed,
        "additionalProperties": False,
        "properties": properties,
    }


def _list_of(item: Schema, **bounds: int) -> Schema:
    return {"type": "array", "items": item, **bounds}


CLAIM: Final = _exactly(
    ["platform", "collector_id"],
    platform={"type": "string", "pattern": "^[a-z][a-z0-9_-]{0,29}$"},
    collector_id=NAME,
    max_claims={
        "type": "integer",
        "minimum": 1,
        "maximum": MOST_AT_ONCE,
        "default": USUAL_CLAIMS,
        "description": "How many entities more are wanted.",
    },
)
STATUS: Final = _exactly(
    ["entity"],
    entity=ENTITY,
    is_live={"type": ["boolean", "null"]},
    viewer_count={"type": ["integer", "null"], "minimum": 0, "maximum": 2**31 - 1},
    error={"type": ["string", "null"], "maxLength": 200},
)
HEARTBEAT: Final = _exactly(
    ["collector_id"], collector_id=NAME, statuses=_list_of(STATUS, maxItems=MOST_AT_ONCE)
)
RELEASE: Final = _exactly(
    ["collector_id"],
    collector_id=NAME,
    entities={
        "type": ["array", "null"],
        "items": ENTITY,
        "maxItems": MOST_AT_ONCE,
        "description": "All of them, when they are not named.",
    },
)
LEASE: Final = _exactly(
    ["entity", "lease_expires_at", "is_live", "priority"],
    entity=ENTITY,
    lease_expires_at={"type": "string", "format": "date-time"},
    is_live={"type": "boolean"},
    priority={"type": "integer"},
)
LEASES: Final = _exactly(
    ["claims", "lease_s"], claims=_list_of(LEASE), lease_s={"type": "integer"}
)
RELEASED: Final = _exactly(["released"], released=COUNT)
COUNTED: Final = ("collectors", "entities", "claimed", "free", "live", "errors")
STATISTICS: Final = _exactly(
    ["platforms", "lease_s"],
    platforms=_list_of(
        _exactly(
            ["platform", *COUNTED], platform={"type": "string"}, **dict.fromkeys(COUNTED, COUNT)
        )
    ),
    lease_s={"type": "integer"},
)
