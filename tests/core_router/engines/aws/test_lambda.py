"""A command can be answered by a function of AWS Lambda: a good one, and all the bad ones."""

import subprocess
import sys
from pathlib import Path

import pytest

from core_router.engines import aws as clients
from core_router.models import CommandExecution, EngineCall
from tests.client import Api
from tests.core_router.conftest import Door
from tests.core_router.engines.aws.conftest import Add
from tests.core_router.engines.aws.runtime import functions_in
from tests.core_router.engines.aws.service import Aws
from tests.core_router.engines.pages import shown_in

pytestmark = pytest.mark.django_db

EVENT = {
    "platform": "twitch", "server_id": "rookery", "user_name": "bob",
    "message_type": "chatMessage", "message_content": "#hello",
}  # fmt: skip


def test_a_function_is_given_the_envelope_and_its_line_is_said(
    door: Door, calls: Add, aws: Aws
) -> None:
    calls("handler")

    answer = door.say("#hello big world")

    assert [action["text"] for action in answer["actions"]] == ["Hello, bob!"]
    (asked,) = aws.asked
    assert (asked.kind, asked.region) == ("RequestResponse", "eu-west-1")
    assert answer["execution_id"].encode() in asked.body
    row = CommandExecution.objects.get(pk=answer["execution_id"])
    assert (row.engine, row.status) == ("lambda", "success")


def test_the_page_s_function_answers_the_page_s_command(
    api: Api, door: Door, aws: Aws, tmp_path: Path
) -> None:
    code, command = shown_in("docs/functions.md", "AWS Lambda")
    (tmp_path / "page.py").write_text(code)
    with functions_in(tmp_path, page="page.handler") as made:
        aws.functions = {command["engine"]["function"]: made["page"]}
        api.post("/router/v1/communities/rookery/commands", command)

        answer = door.say("#hello")

    assert [action["text"] for action in answer["actions"]] == ["Hello, bob!"]
    assert aws.asked[0].region == command["engine"]["region"]


def test_a_function_that_returns_nothing_has_nothing_to_say(
    door: Door, calls: Add, aws: Aws
) -> None:
    calls("silent")

    answer = door.say("#hello")

    assert (answer["outcome"], answer["actions"]) == ("executed", [])


def test_a_function_called_as_an_event_answers_later(door: Door, calls: Add, aws: Aws) -> None:
    calls("handler", options={"invocation": "Event"})

    answer = door.say("#hello")

    assert (answer["outcome"], answer["actions"]) == ("pending", [])
    assert EngineCall.objects.get(pk=answer["execution_id"]).state == "pending"
    assert aws.asked[0].kind == "Event"


@pytest.mark.parametrize(
    ("function", "code", "seen"),
    [
        ("raising", "module_error", "raised an error. Its log of request"),
        ("slow", "module_error", "ran out of the time its settings give it"),
        ("dying", "module_error", "ended its process"),
        ("odd", "module_error", "cannot be written as JSON"),
        ("absent", "module_error", "has no such handler"),
        ("unheard", "module_error", "cannot be imported"),
        ("chatty", "reply_too_large", "too large"),
        ("wrong", "invalid_answer", "no JSON object"),
        ("nobody", "no_such_function", "no such function"),
    ],
)
def test_a_function_that_fails_is_excused_in_chat_and_explained_to_its_author(
    function: str, code: str, seen: str, door: Door, calls: Add, aws: Aws
) -> None:
    calls(function)

    answer = door.say("#hello")

    assert (answer["outcome"], answer["reason"]["code"]) == ("failed", code)
    assert answer["actions"][0]["text"] == "Sorry, that command does not answer right now."
    row = CommandExecution.objects.get(pk=answer["execution_id"])
    assert (row.status, row.reason) == ("failed", code)
    assert seen in row.detail
    assert "hunter2" not in row.detail
    assert len(aws.asked) == 1


def test_a_function_that_takes_longer_than_the_command_may_is_not_waited_for(
    door: Door, calls: Add, aws: Aws
) -> None:
    calls("slow", timeout_s=0.2)

    answer = door.say("#hello")

    assert answer["reason"]["code"] == "timed_out"


def test_a_throttled_function_is_called_again_under_the_same_id(
    door: Door, calls: Add, aws: Aws
) -> None:
    calls("handler")
    aws.throttled = 2

    answer = door.say("#hello")

    assert answer["outcome"] == "executed"
    assert len(aws.asked) == 1


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (500, "ServiceException", "executed"),
        (502, "EC2ThrottledException", "executed"),
        (502, "KMSAccessDeniedException", "module_error"),
        (403, "AccessDeniedException", "not_allowed"),
        (413, "RequestTooLargeException", "too_large"),
        (409, "ResourceConflictException", "module_error"),
    ],
)
def test_what_may_go_well_a_moment_later_is_tried_again_and_nothing_else(
    status: int, error: str, code: str, door: Door, calls: Add, aws: Aws
) -> None:
    calls("handler")
    aws.fails = [(status, error)]

    answer = door.say("#hello")

    assert answer.get("reason", {}).get("code", answer["outcome"]) == code
    assert len(aws.asked) == (code == "executed")


def test_a_function_throttled_for_longer_than_there_is_time_is_not_called_again(
    door: Door, calls: Add, aws: Aws
) -> None:
    calls("handler")
    aws.throttled, aws.patience = 2, {"Retry-After": "60"}

    answer = door.say("#hello")

    assert answer["reason"] == {
        "code": "throttled",
        "detail": "AWS throttles calls of this function.",
        "retry_after_s": 60,
    }
    assert aws.throttled == 1


def test_nobody_at_the_address_is_a_failure_like_another(
    door: Door, calls: Add, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:9")
    calls("handler", timeout_s=2)

    assert door.say("#hello")["reason"]["code"] == "unreachable"


def test_connections_are_kept(door: Door, calls: Add, aws: Aws) -> None:
    calls("handler")

    for _ in range(4):
        door.say("#hello")

    assert (len(aws.asked), aws.connections) == (4, 1)


def test_many_calls_at_once_share_a_client_and_get_an_answer_each(
    door: Door, calls: Add, aws: Aws
) -> None:
    calls("handler")
    door.say("#hello")
    (client,) = clients._kept.values()
    events = [EVENT | {"user_id": str(number)} for number in range(10)]

    said = door.post("/router/v1/events/batch", {"events": events}).json()

    assert [each["outcome"] for each in said["results"]] == ["executed"] * 10
    assert list(clients._kept.values()) == [client]


def test_the_sdk_is_not_loaded_before_it_is_needed() -> None:
    code = "import django, sys; django.setup(); print('botocore' in sys.modules)"

    told = subprocess.run(  # noqa: S603 - our own line
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert told.stdout.strip() == "False"
