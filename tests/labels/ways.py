"""One good call of every operation of labels. Whoever adds an operation adds its way here.

Words in capitals, in an address or a body, stand for what is made in `world.py`: PLACE, LABEL, …
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from identity.data import Role
from tests.labels.world import FILE, NOWHERE, World

V1: Final = "/labels/v1"


@dataclass(frozen=True, slots=True)
class Way:
    """What to send. `least` is who may by their role; staff alone, where it is None.

    `recorded`: it changes something, and the log tells what was there before and after.
    """

    body: Any = None
    least: Role | None = Role.ADMIN
    recorded: bool = True


READ: Final = Way(least=Role.MEMBER, recorded=False)
NEW_LABEL: Final = {"name": "new", "kind": "user", "community": "PLACE", "parents": ["LABEL"]}
NEW_GROUP: Final = {"name": "new", "community": "PLACE", "parents": ["GROUP"]}
PREVIEW: Final = {
    "label": "LABEL",
    "conditions": {"any": [{"label": "HELD"}, {"fact": "messages", "op": ">=", "value": 9}]},
    "community": "PLACE",
}
ROLE_RULE: Final = {
    "label": "LABEL",
    "platform": "discord",
    "server_id": "SERVER",
    "role": "300000000000000001",
}
PIN: Final = {"label": "LABEL", "kind": "user", "object_id": "PERSON", "community": "PLACE"}

WAYS: Final[Mapping[str, Way]] = {
    f"GET {V1}/labels?community=PLACE": READ,
    f"POST {V1}/labels": Way(NEW_LABEL),
    f"GET {V1}/labels/LABEL": READ,
    f"PATCH {V1}/labels/LABEL": Way({"color": "#123456", "parents": ["HELD"]}),
    f"DELETE {V1}/labels/LABEL": Way(),
    f"GET {V1}/labels/LABEL/impact": READ,
    f"GET {V1}/labels/LABEL/holders": READ,
    f"GET {V1}/objects/KIND/PERSON/labels?community=PLACE": READ,
    f"GET {V1}/objects/KIND/PERSON/history?community=PLACE": Way(
        least=Role.MODERATOR, recorded=False
    ),
    f"POST {V1}/assignments": Way(PIN, Role.MODERATOR),
    f"POST {V1}/assignments/remove": Way(PIN | {"label": "HELD"}, Role.MODERATOR),
    f"POST {V1}/assignments/import?community=PLACE": Way(FILE),
    f"GET {V1}/jobs?community=PLACE": Way(recorded=False),
    f"GET {V1}/jobs/JOB": Way(recorded=False),
    f"POST {V1}/jobs/JOB/cancel": Way(),
    f"GET {V1}/jobs/OVER/result": Way(recorded=False),
    f"POST {V1}/jobs/OVER/retry": Way(),
    f"GET {V1}/entity-groups?community=PLACE": READ,
    f"POST {V1}/entity-groups": Way(NEW_GROUP),
    f"GET {V1}/entity-groups/GROUP": READ,
    f"PATCH {V1}/entity-groups/GROUP": Way({"description": "All.", "parents": ["OUTER"]}),
    f"DELETE {V1}/entity-groups/GROUP": Way(),
    f"GET {V1}/entity-groups/GROUP/members": READ,
    f"POST {V1}/entity-groups/GROUP/members": Way({"user": "PERSON"}),
    f"POST {V1}/entity-groups/GROUP/members/remove": Way({"user": "MEMBER"}),
    f"DELETE {V1}/entity-groups/GROUP/members/MEMBER": Way(),
    f"GET {V1}/entity-groups/GROUP/role-rules": READ,
    f"POST {V1}/entity-groups/GROUP/role-rules": Way(ROLE_RULE),
    f"POST {V1}/entity-groups/GROUP/role-rules/preview": Way(ROLE_RULE, recorded=False),
    f"GET {V1}/entity-groups/OUTER/role-rules/ROLERULE": READ,
    f"PATCH {V1}/entity-groups/OUTER/role-rules/ROLERULE": Way({"label": "LABEL"}),
    f"DELETE {V1}/entity-groups/OUTER/role-rules/ROLERULE": Way(),
    f"POST {V1}/entity-groups/OUTER/role-rules/ROLERULE/sync": Way(),
    f"GET {V1}/entity-groups/OUTER/role-rules/ROLERULE/grants": Way(recorded=False),
    f"POST {V1}/check": Way(
        {"community": "PLACE", "user": "PERSON", "permission": "x:y"},
        least=Role.MEMBER,
        recorded=False,
    ),
    f"GET {V1}/search?community=PLACE": READ,
    f"GET {V1}/review?community=PLACE": Way(recorded=False),
    f"GET {V1}/rules?community=PLACE": READ,
    f"POST {V1}/rules": Way(PREVIEW | {"name": "new"}),
    f"GET {V1}/rules/facts": READ,
    f"POST {V1}/rules/preview": Way(PREVIEW, recorded=False),
    f"GET {V1}/rules/RULE": READ,
    f"PATCH {V1}/rules/RULE": Way({"conditions": PREVIEW["conditions"]}),
    f"DELETE {V1}/rules/RULE": Way(),
    f"POST {V1}/rules/RULE/preview": Way({}, recorded=False),
    f"POST {V1}/rules/RULE/run": Way(),
    f"GET {V1}/rules/RULE/runs": READ,
    f"GET {V1}/matrix?community=PLACE": READ,
    f"GET {V1}/permissions?community=PLACE": READ,
    f"GET {V1}/settings?community=PLACE": READ,
    f"PATCH {V1}/settings": Way({"max_labels": 7, "community": "PLACE"}, least=None),
}


def words_in(value: Any) -> set[str]:
    return set(re.findall(r"\b[A-Z]{3,}\b", repr(value))) & NOWHERE.keys()


def filled_in(value: Any, words: World) -> Any:
    """Return a body with what stands for each word."""
    if isinstance(value, Mapping):
        return {name: filled_in(below, words) for name, below in value.items()}
    if isinstance(value, list):
        return [filled_in(below, words) for below in value]
    if isinstance(value, str) and value not in words:
        return re.sub(r"\b[A-Z]{3,}\b", lambda found: str(words.get(found[0], found[0])), value)
    return words.get(value, value) if isinstance(value, str) else value


def shape_of(path: str) -> str:
    """Return an address, or what the description says of it, with a star for each name."""
    return re.sub(r"{\w+}|(?<=/)[A-Z]{3,}", "*", path.partition("?")[0])
