"""What is to be done in chat is done by the connector, where a platform is set up."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import Settings

from core_router.models import Entity, OutgoingAction, OutgoingLane
from core_router.operations.outgoing import expire_actions, queue_actions
from core_router.operations.outgoing_lanes import claim_lane, find_lanes
from core_router.pipeline.senders import ALL, URGENT, send
from identity.models import Community
from tests import make
from tests.client import Api
from tests.core_router.conftest import Door
from tests.core_router.connector.conftest import send_all
from tests.platforms.servers import DiscordServer, Sent, TwitchServer, says
from tests.platforms.servers.twitch_chat import ChatLine
from waddlebot.lib.errors import UnavailableError

pytestmark = pytest.mark.django_db

RULES = "/router/v1/communities/rookery/rules"
SENT = "/router/v1/communities/rookery/sent-actions"
ACTIONS = "/router/v1/entities/twitch+rookery/actions"
RUDE = {
    "name": "rude",
    "pattern": "rude",
    "match": "word",
    "actions": [{"type": "timeout", "seconds": 60}, {"type": "reply", "text": "Be kind."}],
}


def give(place: Community, *actions: dict[str, Any], entity: str = "twitch+rookery") -> None:
    queue_actions(
        community_id=place.pk,
        entity=entity,
        execution_id=uuid4(),
        actions=actions,
        now=timezone.now(),
    )


def states() -> list[str]:
    return list(OutgoingAction.objects.order_by("id").values_list("state", flat=True))


def test_an_answer_is_sent_and_says_so(
    door: Door, rookery: Community, rooked: TwitchServer
) -> None:
    make.command(rookery, "hail")

    answer = door.say("!hail", message_id="m1", event_id="e1")
    again = door.say("!hail", message_id="m1", event_id="e1")
    send_all()

    assert [action["handled"] for action in answer["actions"]] == [True]
    assert (again["outcome"], again["actions"]) == ("duplicate", [])
    assert rooked.chats.lines == [ChatLine("77", "This is hail.", "m1")]


def test_what_was_said_is_not_kept(door: Door, rookery: Community, rooked: TwitchServer) -> None:
    make.command(rookery, "hail")
    door.say("!hail")

    send_all()

    row = OutgoingAction.objects.get()
    assert (row.state, row.action, row.attempts) == ("done", {"type": "chat"}, 1)
    assert not OutgoingLane.objects.exists()


@pytest.mark.parametrize("state", ["not proven", "not set up", "another's"])
def test_elsewhere_it_is_the_collectors(  # noqa: PLR0913, PLR0917 - who takes part
    state: str,
    door: Door,
    api: Api,
    rookery: Community,
    rooked: TwitchServer,
    settings: Settings,
    channel: Entity,
) -> None:
    make.command(rookery, "hail")
    if state == "not proven":
        Entity.objects.update(is_proven=False)
    elif state == "not set up":
        settings.TWITCH_BOT_TOKEN = ""
    else:
        give(make.community(owner=make.user("bob")), {"type": "chat", "text": "Not here"})

    answer = door.say("!hail")
    send_all()

    if state != "another's":
        assert [action["handled"] for action in answer["actions"]] == [False]
    assert [line.text for line in rooked.chats.lines if line.text == "Not here"] == []


def test_a_rules_timeout_reaches_the_channel_and_its_undo_too(
    door: Door, api: Api, rooked: TwitchServer
) -> None:
    rooked.users["42"] = "bob"
    api.post(RULES, RUDE)

    answer = door.say("rude", message_id="m1")
    send_all()
    silent = dict(rooked.chats.bans)
    (timeout,) = [row for row in api.get(SENT).json()["results"] if row["type"] == "moderate"]
    undone = api.post(f"{SENT}/{timeout['id']}/undo")
    send_all()

    assert {action["handled"] for action in answer["actions"]} == {True}
    assert (silent, rooked.chats.bans) == ({"42": 60}, {})
    assert (timeout["state"], timeout["action"], timeout["user_id"]) == ("done", "timeout", "42")
    assert (undone.status_code, undone.json()["action"]) == (201, "untimeout")
    assert rooked.chats.lines == [ChatLine("77", "Be kind.", "m1")]


def test_only_timeouts_and_bans_are_undone(
    api: Api, rookery: Community, rooked: TwitchServer
) -> None:
    give(rookery, {"type": "chat", "text": "Hello"})
    row = OutgoingAction.objects.get()

    refused = api.post(f"{SENT}/{row.pk}/undo")

    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_undo")
    assert api.post(f"{SENT}/999999/undo").status_code == 404


def test_moderation_and_private_messages_go_before_lines(
    rookery: Community, rooked: TwitchServer
) -> None:
    give(rookery, *({"type": "chat", "text": f"line {number}"} for number in range(3)))
    give(rookery, {"type": "direct_message", "user_id": "43", "text": "Psst"})
    give(rookery, {"type": "moderate", "action": "ban", "user_id": "43", "reason": "Rude"})

    send_all()

    posts = [asked.path for asked in rooked.asked if asked.method == "POST"]
    assert posts == [
        "/helix/moderation/bans", "/helix/whispers", *["/helix/chat/messages"] * 3,
    ]  # fmt: skip
    assert [line.text for line in rooked.chats.lines] == ["line 0", "line 1", "line 2"]
    assert rooked.whispers == [Sent("43", "Psst")]


def test_what_is_urgent_has_threads_of_its_own(rookery: Community, rooked: TwitchServer) -> None:
    give(rookery, {"type": "chat", "text": "Hello"})
    give(rookery, {"type": "moderate", "action": "ban", "user_id": "43", "reason": "Rude"})
    find_lanes(now=timezone.now())

    send(clock=timezone.now, ranks=URGENT)

    assert (rooked.chats.bans, rooked.chats.lines) == ({"43": None}, [])


def test_a_role_is_given_and_taken(rookery: Community, discord: DiscordServer) -> None:
    make.entity(rookery, "discord", discord.guild)
    bob = "100000000000000043"
    role = {"type": "role", "user_id": bob, "role_id": discord.role}
    entity = f"discord+{discord.guild}+400000000000000001"

    give(rookery, {**role, "action": "grant"}, entity=entity)
    send_all()
    held = set(discord.members[bob])
    give(rookery, {**role, "action": "revoke"}, entity=entity)
    send_all()

    assert (held, discord.members[bob]) == ({discord.role}, set())
    assert states() == ["done", "done"]


def test_a_long_line_is_split_at_words(rookery: Community, rooked: TwitchServer) -> None:
    give(rookery, {"type": "chat", "text": "penguin " * 100})

    send_all()

    said = [line.text for line in rooked.chats.lines]
    assert (len(said), " ".join(said)) == (2, ("penguin " * 100).strip())


def test_what_is_for_one_alone_is_written_to_that_one(
    door: Door, rookery: Community, rooked: TwitchServer
) -> None:
    queue_actions(
        community_id=rookery.pk,
        entity="twitch+rookery",
        execution_id=uuid4(),
        actions=[{"type": "chat", "text": "Between us", "ephemeral": True}],
        author="43",
        now=timezone.now(),
    )

    send_all()

    assert (rooked.whispers, rooked.chats.lines) == ([Sent("43", "Between us")], [])


def test_what_no_bot_can_do_is_left_to_the_collector(
    api: Api, rookery: Community, rooked: TwitchServer
) -> None:
    give(rookery, {"type": "form", "title": "Ask", "fields": []}, {"type": "chat", "text": "Hi"})

    send_all()

    assert [action["type"] for action in api.get(ACTIONS).json()["results"]] == ["form"]
    assert [line.text for line in rooked.chats.lines] == ["Hi"]


def test_nobody_acknowledges_what_is_the_connectors(
    api: Api, rookery: Community, rooked: TwitchServer
) -> None:
    give(rookery, {"type": "chat", "text": "Hi"})
    ids = list(OutgoingAction.objects.values_list("pk", flat=True))

    assert api.post(f"{ACTIONS}/ack", {"ids": ids}).json() == {"acknowledged": 0}
    assert states() == ["waiting"]


def test_a_refusal_is_kept_with_its_reason_and_holds_up_nothing(
    api: Api, rookery: Community, rooked: TwitchServer
) -> None:
    rooked.chats.moderators = set()
    give(rookery, {"type": "moderate", "action": "ban", "user_id": "43", "reason": ""})
    give(rookery, {"type": "moderate", "action": "delete", "user_id": "43", "message_id": "m1"})
    rooked.chats.drop_reason = "followers_only_mode"
    give(rookery, {"type": "chat", "text": "Hello"})

    send_all()

    told = api.get(f"{SENT}?state=failed").json()["results"]
    assert [row["code"] for row in told] == ["followers_only_mode", *["not_moderator"] * 2]
    assert told[1]["detail"].startswith("The bot is no moderator")


def test_a_line_the_token_has_no_leave_for_is_the_collectors(
    api: Api, rookery: Community, rooked: TwitchServer
) -> None:
    rooked.scopes.remove("user:write:chat")
    give(rookery, {"type": "chat", "text": "Hello"})

    send_all()

    (left,) = api.get(ACTIONS).json()["results"]
    assert (left["type"], left["text"], left["handled"]) == ("chat", "Hello", False)
    assert OutgoingAction.objects.get().code == "missing_scope"


def test_what_passes_is_tried_again_in_its_order(rookery: Community, rooked: TwitchServer) -> None:
    rooked.trouble = says(503)
    give(rookery, {"type": "chat", "text": "one"}, {"type": "chat", "text": "two"})

    send_all()
    waiting = OutgoingAction.objects.order_by("id").values_list("state", "attempts", "code")
    first = list(waiting)
    rooked.trouble = None
    send_all(ahead=timedelta(seconds=5))

    assert first == [("waiting", 1, "platform_error"), ("waiting", 0, "")]
    assert [line.text for line in rooked.chats.lines] == ["one", "two"]


def test_what_never_passes_is_given_up(rookery: Community, rooked: TwitchServer) -> None:
    rooked.trouble = says(503)
    give(rookery, {"type": "moderate", "action": "ban", "user_id": "43", "reason": ""})

    for minute in range(8):
        send_all(ahead=timedelta(minutes=minute))

    row = OutgoingAction.objects.get()
    assert (row.state, row.attempts, row.code) == ("failed", 6, "platform_error")


def test_waiting_as_long_as_twitch_asks_is_no_failure(
    rookery: Community, rooked: TwitchServer
) -> None:
    rooked.trouble = says(429, None, Retry_After="30")
    give(rookery, {"type": "chat", "text": "one"})

    for seconds in (0, 5, 10):
        send_all(ahead=timedelta(seconds=seconds))

    assert len(rooked.asked) == 1
    assert OutgoingAction.objects.get().attempts == 0
    assert OutgoingLane.objects.get().due_at > timezone.now() + timedelta(seconds=25)


def test_an_old_line_is_not_said_any_more(rookery: Community, rooked: TwitchServer) -> None:
    give(rookery, {"type": "chat", "text": "Good morning"})
    give(rookery, {"type": "moderate", "action": "ban", "user_id": "43", "reason": ""})

    send_all(ahead=timedelta(minutes=11))

    assert states() == ["expired", "done"]
    assert rooked.chats.lines == []


def test_a_place_that_was_given_up_hears_nothing(
    api: Api, rookery: Community, rooked: TwitchServer
) -> None:
    give(rookery, {"type": "chat", "text": "Hello"})
    api.delete("/router/v1/communities/rookery/entities/twitch+rookery")

    send_all()

    row = OutgoingAction.objects.get()
    assert (row.state, row.code, rooked.chats.lines) == ("failed", "place_given_up", [])


def test_a_lane_whose_worker_died_is_taken_over(rookery: Community, rooked: TwitchServer) -> None:
    give(rookery, {"type": "chat", "text": "Hello"})
    find_lanes(now=timezone.now())
    claim_lane(ranks=ALL, now=timezone.now())

    meanwhile = send_all()
    after = send_all(ahead=timedelta(seconds=41))

    assert (meanwhile, after) == (0, 1)
    assert len(rooked.chats.lines) == 1


def test_what_ended_is_kept_for_a_week(rookery: Community, rooked: TwitchServer) -> None:
    give(rookery, {"type": "chat", "text": "Hello"})
    send_all()

    expire_actions(now=timezone.now() + timedelta(days=6))
    kept = states()
    expire_actions(now=timezone.now() + timedelta(days=8))

    assert (kept, states()) == (["done"], [])


def test_without_redis_chat_waits(
    rookery: Community, rooked: TwitchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(rookery, {"type": "chat", "text": "Hello"})
    monkeypatch.setattr("waddlebot.platforms.limits.hit_log", _is_down)

    send_all()

    assert (states(), rooked.chats.lines) == (["waiting"], [])


def _is_down(*_: object) -> None:
    raise UnavailableError
