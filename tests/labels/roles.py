"""The rookery on Discord, and whoever has roles there."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from identity.models import Community, User
from labels import api as labels
from labels import tasks
from labels.models import EntityGroup, GroupMember, RoleGrant, RoleRule
from labels.operations.roles import carry_out_due, plan_due
from tests import make
from tests.client import Api
from tests.platforms.servers import DiscordServer

GUILD, ROLE = "200000000000000001", "300000000000000001"
GROUPS = "/labels/v1/entity-groups"


@dataclass
class Stage:
    place: Community
    api: Api
    server: DiscordServer
    group: EntityGroup
    people: dict[str, User] = field(default_factory=dict)

    @property
    def rules(self) -> str:
        return f"{GROUPS}/{self.group.pk}/role-rules"

    def account(self, name: str) -> str:
        return f"1{list(self.people).index(name) + 42:017}"

    def join(self, name: str, *, label: str = "vip", **rest: Any) -> User:
        """Let somebody be on the server, in the group, and hold a label."""
        person = self.people[name] = make.user(name)
        make.member(self.place, person)
        account = self.account(name)
        make.link(person, "discord", account, name)
        self.server.users[account], self.server.members[account] = name, set()
        GroupMember.objects.create(group=self.group, user=person)
        if label:
            self.give(name, label, **rest)
        return person

    def give(self, name: str, label: str = "vip", until: datetime | None = None) -> None:
        labels.give(
            community_id=self.place.pk,
            user_id=self.people[name].pk,
            name=label,
            valid_until=until,
        )

    def take(self, name: str, label: str = "vip") -> None:
        labels.take(community_id=self.place.pk, user_id=self.people[name].pk, name=label)

    def rule(self, **rest: Any) -> RoleRule:
        body = {"label": "vip", "platform": "discord", "server_id": GUILD, "role": ROLE, **rest}
        made = self.api.post(self.rules, body)
        assert made.status_code == 201, made.content
        return RoleRule.objects.get(pk=made.json()["id"])

    def sync(self, at: datetime | None = None) -> None:
        """Run the task, or what it does at another time than now."""
        if at is None:
            tasks.sync_roles()
        else:
            plan_due(clock=lambda: at)
            carry_out_due(clock=lambda: at)

    def holders(self, role: str = ROLE) -> set[str]:
        return {name for name in self.people if role in self.server.members[self.account(name)]}

    def states(self) -> dict[str, str]:
        rows = RoleGrant.objects.exclude(user=None).order_by("pk")
        return {row.user.username: row.state for row in rows.select_related("user") if row.user}


def stage_of(place: Community, api: Api, server: DiscordServer) -> Stage:
    make.entity(place, "discord", GUILD)
    server.users.clear()
    server.members.clear()
    labels.give(community_id=place.pk, user_id=make.user("owl").pk, name="vip")
    group = EntityGroup.objects.create(community=place, name="penguins")
    return Stage(place, api, server, group)
