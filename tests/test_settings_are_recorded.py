"""Whatever changes a setting or a role of a community is in its AAA log, before and after."""

import re
from typing import Any, Final

import pytest

from core_router.models import EventHook
from identity.models import AuditEvent, Community, User
from tests import make
from tests.client import Api
from tests.platforms.conftest import twitch
from tests.platforms.servers import TwitchServer
from tests.routes import operations

__all__ = ["twitch"]

BROWSER, IDENTITY, ROUTER = (
    f"/{app}/v1/communities/rookery" for app in ("browser", "identity", "router")
)
TOLD: Final = {"type": "webhook", "url": "https://example.org/told"}
CHANGES: Final[dict[str, Any]] = {
    f"POST {BROWSER}/sources": {"type": "ticker"},
    f"POST {BROWSER}/sources/SOURCE/rotate": {"grace_s": 0},
    f"DELETE {BROWSER}/sources/SOURCE": None,
    f"PATCH {IDENTITY}": {"description": "Where penguins meet."},
    f"PATCH {IDENTITY}/members/BOB": {"role": "moderator"},
    f"PATCH {IDENTITY}/reputation-rules": {"chatMessage": 3},
    f"POST {IDENTITY}/reputation/BOB": {"points": 5},
    f"POST {IDENTITY}/platform-tokens": {"platform": "twitch", "access_token": "canary-lent"},
    f"DELETE {IDENTITY}/platform-tokens/TOKEN": None,
    f"POST {ROUTER}/commands": {"name": "hug", "response": "hugs"},
    f"PATCH {ROUTER}/commands/COMMAND": {"response": "waves"},
    f"DELETE {ROUTER}/commands/COMMAND": None,
    f"POST {ROUTER}/commands/ENGINE/rotate-secret": {"overlap_s": 60},
    f"POST {ROUTER}/entities": {"platform": "twitch", "server_id": "elsewhere"},
    f"DELETE {ROUTER}/connections/CONNECTION": None,
    f"POST {ROUTER}/entities/discord+penguins": None,
    f"POST {ROUTER}/entities/discord+penguins/code": None,
    f"DELETE {ROUTER}/entities/twitch+rookery": None,
    f"POST {ROUTER}/event-hooks": {"message_types": ["follow"], "engine": TOLD},
    f"PATCH {ROUTER}/event-hooks/HOOK": {"priority": 7},
    f"DELETE {ROUTER}/event-hooks/HOOK": None,
    f"POST {ROUTER}/event-hooks/HOOK/rotate-secret": {"overlap_s": 60},
    f"POST {ROUTER}/event-hooks/HOOK/replay": None,
    f"POST {ROUTER}/deliveries/DELIVERY/replay": None,
    f"POST {ROUTER}/limits": {"scope": "user", "count": 5, "window_s": 60},
    f"PATCH {ROUTER}/limits/LIMIT": {"count": 6},
    f"DELETE {ROUTER}/limits/LIMIT": None,
    f"POST {ROUTER}/rules": {"name": "more", "pattern": "x", "match": "word"},
    f"POST {ROUTER}/sent-actions/SENT/undo": None,
    f"PATCH {ROUTER}/rules/RULE": {"severity": 9},
    f"DELETE {ROUTER}/rules/RULE": None,
}
NO_SETTING: Final = {
    f"POST {BROWSER}/display",
    f"POST {BROWSER}/sources/1/reveal",
    f"POST {ROUTER}/connections",
    f"POST {ROUTER}/rules/test",
}


@pytest.fixture
def names(api: Api, rookery: Community, twitch: TwitchServer) -> dict[str, str]:
    """Make one of everything; return what stands in the place of each name."""
    bob = make.member(rookery, make.user("bob"))
    make.entity(rookery)
    source = api.post(f"{BROWSER}/sources", {"type": "media"}).json()
    limit = {"scope": "channel", "count": 5, "window_s": 60}
    rule = {"name": "bad words", "pattern": "bad", "match": "word"}
    twitch.lent |= {"canary-lent": ("42", []), "canary-bob": ("43", [])}
    token = {"platform": "twitch", "access_token": "canary-bob"}
    outside = {"name": "hello", "prefix": "#", "engine": TOLD}
    told = {"message_types": ["raid"], "engine": TOLD}
    hook_id = api.post(f"{ROUTER}/event-hooks", told).json()["id"]
    return {
        "BOB": bob.public_id,
        "SOURCE": str(source["id"]),
        "TOKEN": str(api.post(f"{IDENTITY}/platform-tokens", token).json()["id"]),
        "COMMAND": str(make.command(rookery, "wave").pk),
        "ENGINE": str(api.post(f"{ROUTER}/commands", outside).json()["id"]),
        "HOOK": str(hook_id),
        "DELIVERY": str(make.dead_delivery(EventHook.objects.get(pk=hook_id)).pk),
        "LIMIT": str(api.post(f"{ROUTER}/limits", limit).json()["id"]),
        "CONNECTION": str(make.connection(rookery).pk),
        "SENT": str(make.sent_ban(rookery).pk),
        "RULE": str(api.post(f"{ROUTER}/rules", rule).json()["id"]),
    }


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_recorded_before_and_after(
    change: str, api: Api, names: dict[str, str], rookery: Community
) -> None:
    method, path = change.split()
    for name, value in names.items():
        path = path.replace(name, value)
    last = AuditEvent.objects.latest("id").pk

    answer = api.send(method, path, CHANGES[change])

    assert answer.status_code in {200, 201, 204}, answer.content
    event = AuditEvent.objects.get(id__gt=last)
    assert (event.category, event.community_id) == ("audit", rookery.pk)
    assert event.actor == f"key:{str(api.key)[3:15]}"
    assert event.details["before"] != event.details["after"] or "/rotate" in path


def test_no_operation_is_left_out() -> None:
    told = {re.sub(r"[A-Z]{3,}(?=/|$)|\w+[+]\w+", "1", change) for change in CHANGES}
    changing = {
        f"{each.method} {each.address}"
        for each in operations()
        if each.is_of_a_community and each.method != "GET"
    }

    assert changing == told | NO_SETTING


def test_what_staff_change_is_recorded_too(alice: User, client: Any) -> None:
    staff = make.user("staff", is_staff=True)
    User.objects.filter(pk=staff.pk).update(is_superuser=True)
    staff.refresh_from_db()
    client.force_login(staff)
    form = {"username": "alice", "display_name": "A", "is_active": "on", "is_staff": "on"}

    client.post(f"/admin/identity/user/{alice.pk}/change/", form)

    event = AuditEvent.objects.get(action="account_changed")
    assert (event.actor, event.target) == (f"user:{staff.pk}", f"user:{alice.pk}")
    assert event.details["before"]["is_staff"] is False
    assert event.details["after"]["is_staff"] is True
    assert set(event.details["fields"]) == {"display_name", "is_staff"}
