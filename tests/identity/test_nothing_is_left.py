"""Somebody uses all there is, is erased, and the dumps of both servers are searched for them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.wsgi import get_wsgi_application
from django.utils import timezone

from browser_sources import api as overlays
from core_router import tasks as router_tasks
from core_router.models import CommandExecution, ModerationEntry, QueuedEvent
from core_router.modules.quote.models import Quote
from core_router.operations.modules import give_modules
from identity import tasks
from identity.models import Community, Erasure, IdentityLink, LinkRequest, User
from identity.operations.erasing import erase_due
from labels.models import (
    EntityGroup,
    GroupMember,
    LabelSuppression,
    RoleGrant,
    RoleRule,
    UserLabel,
)  # fmt: skip
from tests import make
from tests.client import Api
from tests.core_router.conftest import Door, line
from tests.identity.accounts.browser import Browser, code_of_last_mail
from tests.identity.dumps import database_dump, redis_dump

CANARY = "kanarie"
"""Every name, address and id of theirs has it in it, and nothing else does."""
PLATFORMS = ("twitch", "discord", "slack")
SHOWN = f"{CANARY} the First"
EVENTS = "/router/v1/events"


@dataclass
class World:
    """Alice's rookery on three platforms, and somebody who came to it."""

    alice: User
    somebody: User
    rookery: Community
    door: Door

    def say(self, text: str, platform: str = "twitch") -> Any:
        return self.door.say(text, **author(platform))


def author(platform: str) -> dict[str, Any]:
    return {
        "platform": platform,
        "user_id": f"{CANARY}-{platform}-id",
        "user_name": f"{CANARY}_{platform}",
        "display_name": SHOWN,
        "user_roles": ["moderator"],
    }


@pytest.fixture
def world(transactional_db: None) -> World:
    alice = make.user("alice")
    rookery = make.community(owner=alice, slug="rookery")
    for platform in PLATFORMS:
        make.entity(rookery, platform)
    overlays.ensure_sources(community_id=rookery.pk, now=timezone.now())
    key = make.key(alice, scopes=["events:write", "identity:verify"], place=rookery)
    give_modules(community_id=rookery.pk, now=timezone.now())
    return World(alice, sign_up(), rookery, Door(get_wsgi_application(), key))


def sign_up() -> User:
    browser = Browser()
    browser.sign_up(CANARY, f"{CANARY}@example.org")
    browser.fill("/confirm-email/", code=code_of_last_mail())
    User.objects.filter(username=CANARY).update(display_name=SHOWN)
    return User.objects.get(username=CANARY)


def test_the_dumps_of_both_servers_hold_nothing_of_them(world: World) -> None:
    chat(world)
    wait_in_the_queue(world)
    join(world)
    be_named_by_others(world)
    sign_in_and_ask(world)
    assert lines_with_them(database_dump())
    assert lines_with_them(redis_dump())

    erase(world)

    assert lines_with_them(database_dump()) == []
    assert lines_with_them(redis_dump()) == []
    assert "[erased]" in Quote.objects.get().text
    assert ModerationEntry.objects.filter(platform_user_id__startswith="erased:").count() == 2
    assert CommandExecution.objects.exists()
    assert UserLabel.objects.get().reason == "Brought [erased]"
    assert not Session.objects.exists()


def lines_with_them(dump: str) -> list[str]:
    return [row for row in dump.splitlines() if CANARY in row.lower()]


def chat(world: World) -> None:
    """They say, are stopped and are refused: all that leaves something behind."""
    make.command(world.rookery, "hail", "Hail, ${user}!", cooldown_user_s=600)
    rule = {"name": "rude", "pattern": "rude", "match": "word", "actions": [{"type": "delete"}]}
    Api(make.key(world.alice, place=world.rookery)).post(
        "/router/v1/communities/rookery/rules", rule
    )
    for platform in PLATFORMS:
        assert world.say("!hail", platform)["outcome"] == "executed"
    assert world.say("!hail")["outcome"] == "limited"
    assert world.say("how rude")["outcome"] == "moderated"
    assert world.say(f"!quote add “{SHOWN} was here”, said @{CANARY}_twitch")["actions"]


def wait_in_the_queue(world: World) -> None:
    """What they sent for later was answered, was stopped, was given up, and waits."""
    queue(world, "!quote", "how rude")
    router_tasks.process_queue()
    queue(world, "was given up")
    QueuedEvent.objects.filter(state="queued").update(state="dead")
    queue(world, "waits")


def queue(world: World, *texts: str) -> None:
    for text in texts:
        event = line(text, event_id=text, **author("discord"))
        assert world.door.post(EVENTS, event, prefer="respond-async").status == 202


def join(world: World) -> None:
    """The accounts they were seen with become theirs."""
    own = Api(make.key(world.somebody, scopes=["identity:manage"]))
    for platform in PLATFORMS:
        asked = own.post("/identity/v1/links", {"platform": platform}).json()
        world.say(f"!verify {asked['code']}", platform)
        world.say("!confirm", platform)
    SocialAccount.objects.create(
        user=world.somebody, provider="google", uid=f"{CANARY}-google", extra_data={"name": SHOWN}
    )
    links = IdentityLink.objects.filter(user=world.somebody, verified_at__isnull=False)
    assert links.count() == len(PLATFORMS)


def be_named_by_others(world: World) -> None:
    """Others pin a label on them, show them, ask for their account; staff correct their row."""
    place = world.rookery.pk
    label_them(world)
    track = {"type": "media", "media_type": "track", "requested_by": f"{CANARY}_twitch"}
    thanks = {"type": "ticker", "text": f"Thanks, @{CANARY}_twitch!"}
    for action in (track, thanks):
        overlays.show(community_id=place, action=action, now=timezone.now())
    LinkRequest.objects.create(
        user=world.alice,
        platform="twitch",
        platform_username=f"{CANARY}_twitch",
        method="dm",
        expires_at=timezone.now(),
    )
    LogEntry.objects.create(
        user=world.alice,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(world.somebody.pk),
        object_repr=SHOWN,
        action_flag=CHANGE,
    )


def label_them(world: World) -> None:
    """They hold a label, are in a group, have a role by both; another holds one for their sake."""
    owner = Api(make.key(world.alice, place=world.rookery))
    vip = owner.post("/labels/v1/labels", {"name": "vip"}).json()["id"]
    public_id = world.somebody.public_id
    given = {"label": "vip", "kind": "user", "object_id": public_id, "reason": f"{SHOWN} asked"}
    for_them = {**given, "object_id": world.alice.public_id, "reason": f"Brought @{CANARY}_twitch"}
    for wish in (given, for_them):
        assert owner.post("/labels/v1/assignments", wish).status_code == 201
    group = EntityGroup.objects.create(community=world.rookery, name="shows")
    GroupMember.objects.create(group=group, user=world.somebody)
    LabelSuppression.objects.create(label_id=vip, user=world.somebody)
    rule = RoleRule.objects.create(
        group=group, label_id=vip, platform="discord", server_id="1", role="2"
    )
    account = f"{CANARY}-discord-id"
    RoleGrant.objects.create(
        rule=rule, user=world.somebody, platform_user_id=account, detail=f"No {account} here."
    )


def sign_in_and_ask(world: World) -> None:
    Browser().sign_in(CANARY, "a wrong password")
    Browser().fill("/password/reset/", email=f"{CANARY}@example.org")
    Browser().fill("/login/code/", email=f"{CANARY}@example.org")
    browser = Browser()
    browser.sign_in(f"{CANARY}@example.org")
    assert browser.is_signed_in()
    own = Api(make.key(world.somebody, scopes=["identity:manage", "router:read"]))
    own.post("/identity/v1/api-keys", {"name": SHOWN, "scopes": ["router:read"]})
    export = own.post("/identity/v1/me/export").json()
    tasks.build_exports()
    done = own.get(f"/identity/v1/me/exports/{export['id']}").json()
    address = done["download_url"].removeprefix("http://127.0.0.1:8000")
    assert b"".join(own.get(address).streaming_content)
    assert own.delete("/identity/v1/me").status_code == 202


def erase(world: World) -> None:
    erase_due(now=timezone.now() + timedelta(days=8))
    assert Erasure.objects.get().state == "done"
