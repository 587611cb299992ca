"""One of everything in a community, and the words that `ways` call it by."""

import zlib
from io import BytesIO
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from identity.models import Community, User
from labels import api as labels
from labels.data import Giver, Kind, Pin
from labels.models import EntityGroup, GroupMember, JobPart, Label, LabelRule, RoleRule
from labels.operations.importing import ImportOrder, cancel, receive
from tests import make

FILE: Final = "label,object_id\nplain,twitch:1\n"

World = dict[str, Any]
NOWHERE: Final[World] = {
    "PLACE": "nowhere",
    "KIND": "person",
    "LABEL": 2**62,
    "HELD": 2**62,
    "GROUP": 2**62,
    "OUTER": 2**62,
    "RULE": 2**62,
    "ROLERULE": 2**62,
    "SERVER": "200000000000000000",
    "MEMBER": "u_nobody",
    "JOB": "019aaaaa-0000-7000-8000-000000000000",
    "OVER": "019aaaaa-0000-7000-8000-000000000000",
    "PERSON": "u_nobody",
}


def world(place: Community) -> World:
    """Make one of everything in a community; return what stands for each word."""
    now, person = timezone.now(), make.member(place, make.user())
    label, held, roled = (
        Label.objects.create(community=place, name=name) for name in ("plain", "held", "roled")
    )
    inner, outer = (EntityGroup.objects.create(community=place, name=n) for n in ("in", "out"))
    labels.assign(
        community_id=place.pk,
        kind=Kind.USER,
        pins=[Pin(held.pk, person.pk)],
        giver=Giver("system"),
        now=now,
    )
    conditions = {"fact": "messages", "op": ">=", "value": 100}
    rule = LabelRule.objects.create(community=place, name="old", label=held, conditions=conditions)
    server, member = f"2{place.pk:017}", make.member(place, make.user())
    make.entity(place, "discord", server)
    role_rule = RoleRule.objects.create(
        group=outer, label=roled, platform="discord", server_id=server, role="300000000000000000"
    )
    GroupMember.objects.create(group=inner, user=member)
    job, over = (_import(place, person) for _ in range(2))
    cancel(over, actor="system", now=now)
    JobPart.objects.create(job_id=over, side="result", number=0, data=zlib.compress(b""))
    return {
        "PLACE": place.slug,
        "KIND": "user",
        "LABEL": label.pk,
        "HELD": held.pk,
        "GROUP": inner.pk,
        "OUTER": outer.pk,
        "RULE": rule.pk,
        "ROLERULE": role_rule.pk,
        "SERVER": server,
        "MEMBER": member.public_id,
        "JOB": job,
        "OVER": over,
        "PERSON": person.public_id,
    }


def _import(place: Community, asker: User) -> UUID:
    """Return a job that waits for a worker."""
    order = ImportOrder(
        community_id=place.pk, actor="system", asker_id=asker.pk, kind=Kind.USER,
        removes=False, is_trial=False,
    )  # fmt: skip
    file = BytesIO(FILE.encode())
    received = receive(stream=file, size=len(FILE), order=order, clock=timezone.now)
    return UUID(str(received.facts["id"]))
