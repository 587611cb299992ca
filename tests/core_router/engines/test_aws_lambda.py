"""A command can be answered by a function of AWS Lambda: a good one, and all the bad ones."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from core_router.data import EngineType
from core_router.engines import aws as clients
from core_router.engines.breaker import forget_failures
from core_router.models import Command, CommandExecution, EngineCall
from identity.models import Community
from tests.client import Api
from tests.core_router.conftest import Door
from tests.core_router.engines.aws import ROLE, Aws, small_aws
from tests.core_router.engines.aws_runtime import Function, functions_in

pytestmark = pytest.mark.django_db

Add = Callable[..., Command]

COMMANDS = "/router/v1/communities/rookery/commands"
KEYS = "AKIDROOKERY00000:" + "r" * 40
CODE = Path(__file__).parent / "functions"
NAMES = ["handler", "silent", "raising", "slow", "dying", "odd", "chatty", "wrong"]


@pytest.fixture(scope="module")
def functions() -> Iterator[dict[str, Function]]:
    pytest.importorskip("awslambdaric", reason="AWS's runtime client is for Linux")
    handlers = {name: f"hello.{name}" for name in NAMES}
    with functions_in(CODE, **handlers, absent="hello.nobody", unheard="nowhere.handler") as made:
        made["slow"].timeout_s = 0.3
        yield made


@pytest.fixture
def aws(
    functions: dict[str, Function], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Aws]:
    """Return an AWS whose functions this WaddleBot may call as itself, if they begin so."""
    forget_failures()
    settings.ENGINE_LAMBDA_FUNCTIONS = ["*"]
    settings.ENGINE_LAMBDA_ROLES = ["arn:aws:iam::*:role/waddlebot-*"]
    with small_aws() as made:
        made.functions = functions
        for name, value in {
            "AWS_ACCESS_KEY_ID": "AKIDSERVER000000",
            "AWS_SECRET_ACCESS_KEY": "s" * 40,
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL_LAMBDA": made.url,
            "AWS_ENDPOINT_URL_STS": made.url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            monkeypatch.setenv(name, value)
        clients._kept.clear()
        clients._session.cache_clear()
        yield made


@pytest.fixture
def calls(hello: Add) -> Add:
    """Return what gives the rookery `#hello`, answered by a function of that name."""
    return lambda function, **engine: hello(
        **{"type": EngineType.LAMBDA, "target": function, "secret": None} | engine
    )


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


def test_a_function_throttled_for_good_says_so(door: Door, calls: Add, aws: Aws) -> None:
    calls("handler", timeout_s=0.5)
    aws.throttled = 1000

    answer = door.say("#hello")

    assert answer["reason"]["code"] == "throttled"
    assert "throttles" in answer["reason"]["detail"]


def test_nobody_at_the_address_is_a_failure_like_another(
    door: Door, calls: Add, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:9")
    calls("handler", timeout_s=0.3)

    assert door.say("#hello")["reason"]["code"] == "unreachable"


def test_a_server_without_keys_says_so(
    door: Door, calls: Add, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    calls("handler")

    assert door.say("#hello")["reason"]["code"] == "bad_credentials"


def test_a_server_without_a_region_says_so(
    door: Door, calls: Add, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    calls("handler")

    assert door.say("#hello")["reason"]["code"] == "no_region"


def test_a_community_s_own_keys_are_signed_with_in_its_region(
    door: Door, calls: Add, aws: Aws, settings: Settings
) -> None:
    settings.ENGINE_LAMBDA_FUNCTIONS = []
    aws.keys["AKIDROOKERY00000"] = "r" * 40
    calls("arn:aws:lambda:us-east-2:123456789012:function:handler", secret=KEYS)

    answer = door.say("#hello")

    assert answer["outcome"] == "executed"
    assert (aws.asked[0].key_id, aws.asked[0].region) == ("AKIDROOKERY00000", "us-east-2")


@pytest.mark.parametrize("known", [{}, {"AKIDROOKERY00000": "another" * 6}])
def test_keys_that_aws_does_not_know_are_named_as_the_reason(
    known: dict[str, str], door: Door, calls: Add, aws: Aws
) -> None:
    aws.keys |= known
    calls("handler", secret=KEYS)

    answer = door.say("#hello")

    assert answer["reason"]["code"] == "bad_credentials"
    assert not aws.asked


def test_a_role_is_taken_on_once_for_its_community_and_may_only_invoke(
    door: Door, calls: Add, aws: Aws, settings: Settings, rookery: Community
) -> None:
    settings.ENGINE_LAMBDA_FUNCTIONS = []
    aws.trusts[ROLE] = f"waddlebot-community-{rookery.pk}"
    calls("handler", options={"role_arn": ROLE})

    answers = [door.say("#hello")["outcome"] for _ in range(3)]

    assert answers == ["executed"] * 3
    (assumed,) = aws.assumed
    assert assumed["ExternalId"] == f"waddlebot-community-{rookery.pk}"
    assert '"Action":"lambda:InvokeFunction"' in assumed["Policy"]
    assert {asked.key_id[:4] for asked in aws.asked} == {"ASIA"}


def test_a_role_that_trusts_another_community_is_not_taken_on(
    door: Door, calls: Add, aws: Aws
) -> None:
    aws.trusts[ROLE] = "waddlebot-community-0"
    calls("handler", options={"role_arn": ROLE})

    answer = door.say("#hello")

    assert answer["reason"]["code"] == "not_allowed"
    assert "external_id" in answer["reason"]["detail"]


@pytest.mark.parametrize("engine", [{}, {"options": {"role_arn": ROLE}}])
def test_what_the_server_s_admin_allows_no_more_is_called_no_more(
    engine: dict[str, Any], door: Door, calls: Add, aws: Aws, settings: Settings
) -> None:
    calls("handler", **engine)
    settings.ENGINE_LAMBDA_FUNCTIONS = settings.ENGINE_LAMBDA_ROLES = ["another-*"]

    answer = door.say("#hello")

    assert answer["reason"]["code"] == "not_allowed"
    assert not aws.asked
    assert not aws.assumed


def test_connections_are_kept(door: Door, calls: Add, aws: Aws) -> None:
    calls("handler")

    for _ in range(4):
        door.say("#hello")

    assert (len(aws.asked), aws.connections) == (4, 1)


def test_an_admin_gives_a_command_a_function_and_sees_what_its_role_has_to_trust(
    api: Api, door: Door, aws: Aws, rookery: Community
) -> None:
    engine = {"type": "lambda", "function": "handler", "region": "eu-north-1", "role_arn": ROLE}

    made = api.post(COMMANDS, {"name": "hello", "prefix": "#", "engine": engine}).json()

    external_id = f"waddlebot-community-{rookery.pk}"
    shown = engine | {"timeout_s": 5, "external_id": external_id, "has_secret": False}
    assert made["engine"] == shown
    aws.trusts[ROLE] = external_id
    assert door.say("#hello")["outcome"] == "executed"
    assert aws.asked[0].region == "eu-north-1"


def test_keys_once_given_stay_when_the_rest_is_changed_and_are_never_shown(
    api: Api, aws: Aws, settings: Settings
) -> None:
    settings.ENGINE_LAMBDA_FUNCTIONS = []
    engine = {"type": "lambda", "function": "handler", "secret": KEYS}
    made = api.post(COMMANDS, {"name": "hello", "prefix": "#", "engine": engine}).json()

    engine = {"type": "lambda", "function": "silent"}
    changed = api.patch(f"{COMMANDS}/{made['id']}", {"engine": engine})

    assert changed.status_code == 200
    assert changed.json()["engine"]["has_secret"] is True
    assert "r" * 40 not in changed.text


@pytest.mark.parametrize(
    ("engine", "pointer"),
    [
        ({"function": "billing"}, "function"),
        ({"function": "../x", "secret": KEYS}, "function"),
        ({"function": "http://x", "secret": KEYS}, "function"),
        ({"function": "f" * 65, "secret": KEYS}, "function"),
        ({"function": "f", "secret": KEYS, "region": "evil.example/"}, "region"),
        (
            {"function": "arn:aws:lambda:eu-west-1:123456789012:function:f", "secret": KEYS}
            | {"region": "eu-west-2"},
            "region",
        ),
        ({"function": "f", "secret": KEYS, "qualifier": "a/b"}, "qualifier"),
        ({"function": "f", "secret": "nonsense"}, "secret"),
        ({"function": "f", "role_arn": "arn:aws:iam::1:role/x"}, "role_arn"),
        ({"function": "f", "role_arn": "arn:aws:iam::123456789012:role/admin"}, "role_arn"),
        ({"function": "f", "role_arn": ROLE, "secret": KEYS}, "role_arn"),
    ],
)
def test_a_function_that_can_never_be_called_is_refused_where_it_is_wrong(
    engine: dict[str, str], pointer: str, api: Api, aws: Aws, settings: Settings
) -> None:
    settings.ENGINE_LAMBDA_FUNCTIONS = ["waddle-*"]
    wish = {"name": "hello", "prefix": "#", "engine": {"type": "lambda", **engine}}

    refused = api.post(COMMANDS, wish)

    assert refused.status_code == 400
    assert [flaw["pointer"] for flaw in refused.json()["errors"]] == [f"#/engine/{pointer}"]
