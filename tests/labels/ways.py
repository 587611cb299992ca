"""One good call of every operation of labels. Whoever adds an operation adds its way here.

Words in capitals, in an address or a body, stand for what `world` makes: PLACE, LABEL, …
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils import timezone

from identity.data import Role
from identity.models import Community
from labels import api as labels
from labels.data import Giver, Kind, Pin
from labels.models import EntityGroup, GroupMember, Label, LabelRule
from tests import make

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
PIN: Final = {"label": "LABEL", "kind": "user", "object_id": "PERSON", "community": "PLACE"}

WAYS: Final[Mapping[str, Way]] = {
    f"GET {V1}/labels?community=PLACE": READ,
    f"POST {V1}/labels": Way(NEW_LABEL),
    f"GET {V1}/labels/LABEL": READ,
    f"PATCH {V1}/labels/LABEL": Way({"color": "#123456", "parents": ["HELD"]}),
    f"DELETE {V1}/labels/LABEL": Way(),
    f"GET {V1}/labels/LABEL/impact": READ,
    f"POST {V1}/assignments": Way(PIN, Role.MODERATOR),
    f"POST {V1}/assignments/remove": Way(PIN | {"label": "HELD"}, Role.MODERATOR),
    f"GET {V1}/entity-groups?community=PLACE": READ,
    f"POST {V1}/entity-groups": Way(NEW_GROUP),
    f"GET {V1}/entity-groups/GROUP": READ,
    f"PATCH {V1}/entity-groups/GROUP": Way({"description": "All.", "parents": ["OUTER"]}),
    f"DELETE {V1}/entity-groups/GROUP": Way(),
    f"GET {V1}/entity-groups/GROUP/members": READ,
    f"POST {V1}/entity-groups/GROUP/members": Way({"user": "PERSON"}),
    f"POST {V1}/entity-groups/GROUP/members/remove": Way({"user": "INSIDER"}),
    f"DELETE {V1}/entity-groups/GROUP/members/INSIDER": Way(),
    f"GET {V1}/rules?community=PLACE": READ,
    f"POST {V1}/rules": Way(PREVIEW | {"name": "new"}),
    f"GET {V1}/rules/facts": READ,
    f"POST {V1}/rules/preview": Way(PREVIEW, recorded=False),
    f"GET {V1}/rules/RULE": READ,
    f"PATCH {V1}/rules/RULE": Way({"conditions": PREVIEW["conditions"]}),
    f"DELETE {V1}/rules/RULE": Way(),
    f"POST {V1}/rules/RULE/preview": Way({}, recorded=False),
    # The run itself remembers who asked for it, and what it gives is recorded.
    f"POST {V1}/rules/RULE/run": Way(recorded=False),
    f"GET {V1}/rules/RULE/runs": READ,
    f"GET {V1}/settings?community=PLACE": READ,
    f"PATCH {V1}/settings": Way({"max_labels": 7, "community": "PLACE"}, least=None),
}

World = dict[str, Any]
NOWHERE: Final[World] = {
    "PLACE": "nowhere",
    "LABEL": 2**62,
    "HELD": 2**62,
    "GROUP": 2**62,
    "OUTER": 2**62,
    "RULE": 2**62,
    "PERSON": "u_nobody",
    "INSIDER": "u_nobody",
}


def world(place: Community) -> World:
    """Make one of everything in a community; return what stands for each word."""
    now, (person, insider) = timezone.now(), (make.member(place, make.user()) for _ in range(2))
    label, held = (Label.objects.create(community=place, name=name) for name in ("plain", "held"))
    inner, outer = (EntityGroup.objects.create(community=place, name=n) for n in ("in", "out"))
    labels.assign(
        community_id=place.pk,
        kind=Kind.USER,
        pins=[Pin(held.pk, person.pk)],
        giver=Giver("system"),
        now=now,
    )
    GroupMember.objects.create(group=inner, user=insider)
    conditions = {"fact": "messages", "op": ">=", "value": 100}
    rule = LabelRule.objects.create(community=place, name="old", label=held, conditions=conditions)
    return {
        "PLACE": place.slug,
        "LABEL": label.pk,
        "HELD": held.pk,
        "GROUP": inner.pk,
        "OUTER": outer.pk,
        "RULE": rule.pk,
        "PERSON": person.public_id,
        "INSIDER": insider.public_id,
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
