"""Events in, actions out, through both doors of the two endpoints."""

from typing import Any
from uuid import UUID

import pytest
from django.core.wsgi import get_wsgi_application

from core_router.models import CommandExecution
from identity.models import Community, IdentityLink
from tests import make
from tests.core_router.conftest import Door, line
from waddlebot.wsgi import with_fast_path

pytestmark = pytest.mark.django_db


def steps(answer: dict[str, Any]) -> list[str]:
    return [step["step"] for step in answer["trace"]]


def test_a_command_is_answered(door: Door, rookery: Community) -> None:
    make.command(rookery, "hail", "Go and see ${touser}!")

    answer = door.say("!hail bob", event_id="abc-123", message_id="m1")

    assert answer["outcome"] == "executed"
    assert answer["command"] == "hail"
    assert answer["actions"] == [
        {"type": "chat", "text": "Go and see bob!", "reply_to": "m1", "handled": False}
    ]


def test_what_ran_is_written_before_the_answer(door: Door, rookery: Community) -> None:
    make.command(rookery, "hail")

    answer = door.say("!hail", event_id="abc-123")

    row = CommandExecution.objects.get(pk=UUID(answer["execution_id"]))
    assert (row.command, row.status, row.event_id) == ("hail", "success", "abc-123")
    assert str(row.session_id) == answer["session_id"]


def test_the_same_event_again_is_a_duplicate(door: Door, rookery: Community) -> None:
    make.command(rookery, "hail")
    first = door.say("!hail", event_id="abc-123")

    second = door.say("!hail", event_id="abc-123")

    assert second["outcome"] == "duplicate"
    assert second["execution_id"] == first["execution_id"]
    assert second["actions"] == []
    assert CommandExecution.objects.count() == 1


def test_an_event_without_an_id_is_never_a_duplicate(door: Door, rookery: Community) -> None:
    make.command(rookery, "hail")

    outcomes = [door.say("!hail")["outcome"] for _ in range(2)]

    assert outcomes == ["executed", "executed"]


def test_an_event_whose_first_processing_died_is_done_by_the_second(
    door: Door, rookery: Community
) -> None:
    make.command(rookery, "hail")
    lost = door.say("!hail", event_id="abc-123")
    CommandExecution.objects.all().delete()

    again = door.say("!hail", event_id="abc-123")

    assert again["outcome"] == "executed"
    assert again["execution_id"] == lost["execution_id"]


def test_plain_chat_is_ignored_and_touches_no_row(
    door: Door, django_assert_num_queries: Any
) -> None:
    door.say("hello there")

    with django_assert_num_queries(0):
        answer = door.say("hello again")

    assert answer["outcome"] == "ignored"
    assert not IdentityLink.objects.exists()


def test_a_command_from_somebody_known_writes_one_row(
    door: Door, rookery: Community, django_assert_num_queries: Any
) -> None:
    make.command(rookery, "hail")
    door.say("!hail")

    with django_assert_num_queries(1):
        door.say("!hail")


def test_a_channel_nobody_claimed_changes_nothing(door: Door, rookery: Community) -> None:
    make.command(rookery, "hail")

    answer = door.say("!hail", server_id="elsewhere")

    assert answer["outcome"] == "unknown_entity"
    assert answer["actions"] == []
    assert not CommandExecution.objects.exists()


def test_another_communitys_channel_looks_like_nobodys(door: Door) -> None:
    other = make.community(owner=make.user())
    make.entity(other, server_id="theirs")

    theirs, nobodys = (
        door.post("/router/v1/events?trace=true", line("!help", server_id=name)).json()
        for name in ("theirs", "nobodys")
    )

    assert theirs["outcome"] == "unknown_entity"
    assert str(theirs["trace"]).replace("theirs", "nobodys") == str(nobodys["trace"])


def test_a_shared_collector_reaches_only_proven_channels(door: Door, rookery: Community) -> None:
    shared = make.key(make.user(is_staff=True), scopes=["events:write"])
    make.entity(rookery, server_id="unproven", is_proven=False)

    proven = door.post("/router/v1/events", line("hi"), key=shared)
    unproven = door.post("/router/v1/events", line("hi", server_id="unproven"), key=shared)

    assert proven.json()["outcome"] == "ignored"
    assert unproven.json()["outcome"] == "unknown_entity"


def test_an_unknown_word_is_an_unknown_command(door: Door) -> None:
    answer = door.say("!nothing")

    assert answer["outcome"] == "unknown_command"
    assert answer["actions"] == []


def test_what_is_no_chat_and_nobody_hears_of_is_ignored(door: Door) -> None:
    answer = door.say("", message_type="follow")

    assert answer["outcome"] == "ignored"


def test_a_slash_command_needs_no_prefix(door: Door, rookery: Community) -> None:
    make.command(rookery, "hail")

    answer = door.say("hail bob", message_type="slashCommand")

    assert answer["outcome"] == "executed"


def test_the_trace_lists_every_step_in_order(door: Door, rookery: Community) -> None:
    make.command(rookery, "hail")

    said = door.post("/router/v1/events?trace=true", line("!hail"))

    assert steps(said.json()) == [
        "dedupe", "entity", "moderation", "lookup", "enabled", "place", "permission",
        "arguments", "limits", "execute",
    ]  # fmt: skip
    assert all(step["ok"] for step in said.json()["trace"])


def test_the_trace_ends_at_the_first_check_that_fails(door: Door, rookery: Community) -> None:
    make.command(rookery, "hail", min_role="moderator")

    answer = door.post("/router/v1/events?trace=true", line("!hail")).json()

    assert answer["outcome"] == "denied"
    assert answer["reason"]["code"] == "not_permitted"
    assert answer["trace"][-1]["step"] == "permission"
    assert "moderator" in answer["trace"][-1]["remedy"]


def test_a_platform_moderator_may_use_a_moderators_command(door: Door, rookery: Community) -> None:
    make.command(rookery, "hail", min_role="moderator")

    answer = door.say("!hail", user_roles=["moderator"])

    assert answer["outcome"] == "executed"


def test_a_cooldown_follows_the_person_and_not_another(door: Door, rookery: Community) -> None:
    make.command(rookery, "hug", cooldown_user_s=60)
    door.say("!hug")

    again, somebody_else = door.say("!hug"), door.say("!hug", user_id="43", user_name="eve")

    assert again["outcome"] == "limited"
    assert 0 < again["reason"]["retry_after_s"] <= 60
    assert somebody_else["outcome"] == "executed"


def test_a_denied_call_burns_no_cooldown(door: Door, rookery: Community) -> None:
    make.command(rookery, "hug", min_role="moderator", cooldown_channel_s=60)
    door.say("!hug")

    answer = door.say("!hug", user_roles=["moderator"])

    assert answer["outcome"] == "executed"


def test_a_dry_run_has_no_effect(door: Door, rookery: Community) -> None:
    make.command(rookery, "hug", "Hug ${count}", cooldown_user_s=60)

    dry = door.post("/router/v1/events?dry_run=true", line("!hug", event_id="e1")).json()
    wet = door.say("!hug", event_id="e1")

    assert dry["outcome"] == "executed"
    assert steps(dry)[-1] == "execute"
    assert wet["outcome"] == "executed"
    assert wet["actions"][0]["text"] == "Hug 1"
    assert CommandExecution.objects.count() == 1


def test_a_dry_run_meets_nobody(door: Door, rookery: Community) -> None:
    make.command(rookery, "hug")

    door.post("/router/v1/events?dry_run=true", line("!hug"))

    assert not IdentityLink.objects.exists()


def test_count_counts_the_uses(door: Door, rookery: Community) -> None:
    make.command(rookery, "hug", "Hug ${count}")

    texts = [door.say("!hug")["actions"][0]["text"] for _ in range(3)]

    assert texts == ["Hug 1", "Hug 2", "Hug 3"]


def test_a_command_that_is_switched_off_says_so(door: Door, rookery: Community) -> None:
    make.command(rookery, "hug", enabled=False)

    answer = door.say("!hug")

    assert (answer["outcome"], answer["reason"]["code"]) == ("denied", "command_disabled")


def test_a_command_may_be_meant_for_some_channels(door: Door, rookery: Community) -> None:
    make.command(rookery, "hug", platforms=["discord"])
    make.entity(rookery, platform="discord")

    here, there = door.say("!hug"), door.say("!hug", platform="discord")

    assert (here["outcome"], here["reason"]["code"]) == ("denied", "not_here")
    assert there["outcome"] == "executed"


def test_a_batch_is_answered_in_order_and_a_bad_event_fails_alone(
    door: Door, rookery: Community
) -> None:
    make.command(rookery, "hug", "Hug ${count}")
    events = [line("!hug"), {"event_id": "bad", "platform": 7}, line("hi"), line("!hug")]

    said = door.post("/router/v1/events/batch", {"events": events})

    first, bad, plain, last = said.json()["results"]
    assert (first["actions"][0]["text"], last["actions"][0]["text"]) == ("Hug 1", "Hug 2")
    assert (bad["event_id"], bad["error"]["status"]) == ("bad", 400)
    assert bad["error"]["errors"][0]["pointer"] == "#/platform"
    assert plain["outcome"] == "ignored"


def test_the_same_event_twice_in_a_batch_runs_once(door: Door, rookery: Community) -> None:
    make.command(rookery, "hug")

    said = door.post("/router/v1/events/batch", {"events": [line("!hug", event_id="e1")] * 2})

    assert [r["outcome"] for r in said.json()["results"]] == ["executed", "duplicate"]


def test_a_batch_of_text_commands_takes_one_statement(
    door: Door, rookery: Community, django_assert_num_queries: Any
) -> None:
    make.command(rookery, "hug")
    door.say("!hug")

    with django_assert_num_queries(1):
        said = door.post("/router/v1/events/batch", {"events": [line("!hug")] * 50})

    assert {r["outcome"] for r in said.json()["results"]} == {"executed"}


def test_answers_tell_what_is_left_of_the_keys_requests(door: Door) -> None:
    said = door.post("/router/v1/events", line("hi"))

    assert said.headers["RateLimit-Policy"] == '"key";q=6000;w=60'
    assert said.headers["RateLimit"].startswith('"key";r=5999;t=')


def test_both_doors_answer_with_the_same_headers(rookery: Community, collector: str) -> None:
    make.entity(rookery)
    django = get_wsgi_application()
    bodies = (line("hi"), line("hi", user_id=7))

    headers = [
        [
            set(Door(app, collector).post("/router/v1/events", body).headers) - {"Allow"}
            for body in bodies
        ]
        for app in (with_fast_path(django), django)
    ]

    assert headers[0] == headers[1]


def test_a_request_keeps_its_id(door: Door) -> None:
    said = door.post("/router/v1/events", line("hi"), x_request_id="from-the-gateway")

    assert said.headers["X-Request-Id"] == "from-the-gateway"
