"""A label given in chat changes what a command answers, and ends on time."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from core_router.ingest.events import take_event
from identity import api as identity
from identity.models import Community
from labels.models import Label, UserLabel
from tests import make
from tests.client import Api
from tests.core_router.conftest import Door, line
from tests.labels.cast import label
from tests.labels.people import seen
from waddlebot.lib.endpoints import Asked

OWNER: dict[str, Any] = {"user_id": "1", "user_name": "olga", "user_roles": ["broadcaster"]}


@pytest.fixture(autouse=True)
def _lounge(rookery: Community) -> None:
    make.command(rookery, "lounge", "The door is open, ${user}.", any_label=["vip"])
    make.command(rookery, "badge", "Your badge: ${label:vip}.")


def text(answer: Any) -> str:
    return " ".join(action["text"] for action in answer["actions"])


def permission(door: Door, typed: str) -> Any:
    """Return what the trace says of who may."""
    answer = door.post("/router/v1/events?trace=true", line(typed)).json()
    (step,) = [step for step in answer["trace"] if step["step"] == "permission"]
    return step


def test_a_label_made_and_given_in_chat_opens_a_command_and_is_seen_in_texts(door: Door) -> None:
    refused = door.say("!lounge")
    assert refused["outcome"] == "denied"
    assert refused["reason"]["detail"].endswith("There is no label vip here yet.")
    assert text(door.say("!badge")) == "Your badge: ."

    said = text(door.say("!label add @bob vip for the cake", **OWNER))

    assert said == "vip is a new label. bob has vip now."
    assert text(door.say("!lounge")) == "The door is open, bob."
    assert text(door.say("!badge")) == "Your badge: vip."
    assert permission(door, "!lounge")["detail"] == (
        "!lounge asks for the label vip. They hold vip."
    )


def test_what_is_taken_in_chat_is_gone_at_once_and_the_refusal_says_so(door: Door) -> None:
    door.say("hello")
    door.say("!badge")
    door.say("!label add @bob vip", **OWNER)
    assert door.say("!lounge")["outcome"] == "executed"

    assert text(door.say("!label remove @bob vip", **OWNER)) == "bob has vip no more."

    refused = door.say("!lounge")
    assert refused["outcome"] == "denied"
    assert "You held vip until" in refused["reason"]["detail"]
    assert permission(door, "!lounge")["ok"] is False


def test_a_label_for_a_second_ends_in_that_second(
    rookery: Community, collector: str, channel: object
) -> None:
    seen(rookery, "bob", account="42")
    credential = identity.authenticate(collector, ip="127.0.0.1")
    now = timezone.now()

    def say(typed: str, at: datetime, **event: Any) -> Any:
        body = json.dumps(line(typed, **event)).encode()
        return json.loads(take_event(credential, Asked(body), now=at).body)

    said = text(say("!label add @bob vip 1s", now, **OWNER))
    assert "bob has vip now until" in said

    assert say("!lounge", now + timedelta(milliseconds=999))["outcome"] == "executed"
    assert say("!lounge", now + timedelta(seconds=1))["outcome"] == "denied"
    assert UserLabel.objects.get().ended_at is None  # Nobody has swept it yet.


def test_whoever_is_put_in_a_group_holds_its_labels_where_it_is(
    door: Door, rookery: Community, api: Api
) -> None:
    bob = seen(rookery, "bob", account="42")
    groups = [
        api.post("/labels/v1/entity-groups", {"name": name, "entities": [entity]}).json()["id"]
        for name, entity in (("here", "twitch+rookery"), ("there", "discord+1"))
    ]
    vip = api.post("/labels/v1/labels", {"name": "vip", "kind": "entity_group"}).json()["id"]

    outcomes = []
    for each in reversed(groups):
        for path, body in (
            ("assignments", {"label": vip, "kind": "entity_group", "object_id": each}),
            (f"entity-groups/{each}/members", [bob.public_id]),
        ):
            assert api.post(f"/labels/v1/{path}", body).status_code in {200, 201}
            outcomes.append(door.say("!lounge")["outcome"])
    api.delete(f"/labels/v1/entity-groups/{groups[0]}/members/twitch:42")
    outcomes.append(door.say("!lounge")["outcome"])

    assert outcomes == ["denied", "denied", "denied", "executed", "denied"]


@pytest.mark.parametrize(
    "typed", ["!label add @bob vip", "!label create vip", "!label remove @bob vip"]
)
def test_a_dry_run_changes_no_label(door: Door, rookery: Community, typed: str) -> None:
    seen(rookery, "bob", account="42")

    door.post("/router/v1/events?dry_run=true", line(typed, **OWNER))

    assert not Label.objects.exists()
    assert not UserLabel.objects.exists()


def test_a_refused_giver_changes_nothing_and_is_told_the_nearest_way(
    door: Door, rookery: Community
) -> None:
    label(rookery, "vip")
    seen(rookery, "carol")

    answer = door.say("!label add @carol vip")

    assert (answer["outcome"], answer["reason"]["code"]) == ("denied", "refused_by_module")
    assert "labels:assign needs the role moderator or higher" in text(answer)
    assert not UserLabel.objects.exists()
