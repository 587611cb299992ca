"""What assignments look like, for the description of the API."""

from typing import Any, Final

import msgspec

from labels.data import Status
from labels.operations.assigning import Wish
from labels.wire import LIST_ITEMS

Schema = dict[str, Any]

_, _components = msgspec.json.schema_components([Wish], ref_template="{name}")
ITEM: Final[Schema] = {
    **_components["Wish"],
    "title": "Assignment",
    "properties": {**_components["Wish"]["properties"], "kind": _components["Kind"]},
}
ASSIGNMENTS: Final[Schema] = {
    "oneOf": [
        ITEM,
        # An item of the wrong shape fails alone, so any is taken.
        {"type": "array", "items": {}, "minItems": 1, "maxItems": LIST_ITEMS},
    ]
}
NOTE: Final[Schema] = {
    "type": "object",
    "required": ["code", "detail"],
    "properties": {"code": {"type": "string"}, "detail": {"type": "string"}},
}
STATUS: Final[Schema] = {"type": "string", "enum": [status.value for status in Status]}
ASSIGNMENT: Final[Schema] = {
    "type": "object",
    "required": ["status", "label", "kind", "object_id"],
    "properties": {"status": STATUS, "note": NOTE, **ITEM["properties"]},
}
RESULT: Final[Schema] = {
    "type": "object",
    "required": ["index", "status"],
    "properties": {
        "index": {"type": "integer"},
        "status": STATUS,
        "note": NOTE,
        "error": {"type": "object"},
    },
}
COUNTS: Final = ("total", "created", "unchanged", "replaced", "removed", "failed")
RESULTS: Final[Schema] = {
    "type": "object",
    "required": ["results", "summary"],
    "properties": {
        "results": {"type": "array", "items": RESULT},
        "summary": {
            "type": "object",
            "required": list(COUNTS),
            "properties": {name: {"type": "integer"} for name in COUNTS},
        },
    },
}
