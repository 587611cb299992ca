"""A command can be answered by an action of OpenWhisk: at once, a little later, or not."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from core_router.data import EngineType
from core_router.engines.breaker import forget_failures
from core_router.models import Command, CommandExecution
from tests.client import Api
from tests.core_router.conftest import Door
from tests.core_router.engines.pages import shown_in
from tests.core_router.engines.whisk import DeveloperError, Whisk, small_whisk

pytestmark = pytest.mark.django_db

Add = Callable[..., Command]

COMMANDS = "/router/v1/communities/rookery/commands"
OURS = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:" + "s" * 64
KEY = "789c46b1-71f6-4ed5-8c54-816aa4f8c502:" + "r" * 64


def hello(args: dict[str, Any]) -> dict[str, Any]:
    return {"text": f"Hello, {args['user']['display_name']}!"}


def raising(_: dict[str, Any]) -> dict[str, Any]:
    raise ValueError("hunter2 is my password")


def saying(text: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def broken(_: dict[str, Any]) -> dict[str, Any]:
        raise DeveloperError(text)

    return broken


@pytest.fixture
def whisk(settings: Settings) -> Iterator[Whisk]:
    """Return an OpenWhisk whose actions this WaddleBot may call as itself."""
    forget_failures()
    with small_whisk() as made:
        made.keys = {OURS: "waddlebot", KEY: "rookery"}
        made.actions = {"hello": hello, "greetings/hello": hello}
        settings.ENGINE_ALLOWED_HOSTS = ["127.0.0.1"]
        settings.ENGINE_OPENWHISK_ACTIONS = ["*"]
        settings.OPENWHISK_API_HOST = made.url
        settings.OPENWHISK_AUTH_KEY = OURS
        yield made


@pytest.fixture
def calls(hello: Add) -> Add:
    """Return what gives the rookery `#hello`, answered by an action of that name."""
    return lambda action, **engine: hello(
        **{"type": EngineType.OPENWHISK, "target": action, "secret": None} | engine
    )


def test_an_action_is_given_the_envelope_and_its_line_is_said(
    door: Door, calls: Add, whisk: Whisk
) -> None:
    calls("greetings/hello")

    answer = door.say("#hello big world")

    assert [action["text"] for action in answer["actions"]] == ["Hello, bob!"]
    (asked,) = whisk.asked
    assert (asked.namespace, asked.query["blocking"]) == ("waddlebot", "true")
    assert json.loads(asked.body)["execution_id"] == answer["execution_id"]
    row = CommandExecution.objects.get(pk=answer["execution_id"])
    assert (row.engine, row.status) == ("openwhisk", "success")


def test_the_page_s_action_answers_the_page_s_command(api: Api, door: Door, whisk: Whisk) -> None:
    code, command = shown_in("docs/functions.md", "OpenWhisk")
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own page
    whisk.actions = {command["engine"]["action"]: names["main"]}
    api.post(COMMANDS, command)

    answer = door.say("#hello")

    assert [action["text"] for action in answer["actions"]] == ["Hello, bob!"]


@pytest.mark.parametrize(
    ("action", "code", "seen"),
    [
        (raising, "module_error", "raised an error, or answered with one. Its activation"),
        (lambda _: {"error": "hunter2"}, "module_error", "answered with one"),
        (lambda _: "hello", "module_error", "no JSON object"),
        (
            saying("The action exceeded its time limits of 100 milliseconds."),
            "module_error",
            "time",
        ),
        (saying("The action exhausted its memory and was aborted."), "module_error", "memory"),
        (
            saying("The action did not initialize and exited unexpectedly."),
            "module_error",
            "start",
        ),
        (saying("hunter2"), "module_error", "broke off"),
        (lambda _: {"text": 5}, "invalid_answer", "text"),
        (lambda _: {"text": "x" * 300_000}, "reply_too_large", "too large"),
        (lambda _: {"actions": [{"type": "explode"}]}, "unknown_action", "actions/0"),
        (None, "no_such_function", "no such action"),
    ],
)
def test_an_action_that_fails_is_excused_in_chat_and_explained_to_its_author(
    action: Any, code: str, seen: str, door: Door, calls: Add, whisk: Whisk
) -> None:
    calls("hello")
    whisk.actions = {"hello": action} if action else {}

    answer = door.say("#hello")

    assert (answer["outcome"], answer["reason"]["code"]) == ("failed", code)
    assert answer["actions"][0]["text"] == "Sorry, that command does not answer right now."
    row = CommandExecution.objects.get(pk=answer["execution_id"])
    assert (row.status, row.reason) == ("failed", code)
    assert seen in row.detail
    assert "hunter2" not in row.detail
    assert len(whisk.asked) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (429, "executed"),
        (503, "executed"),
        (502, "executed"),
        (400, "module_error"),
        (401, "bad_credentials"),
        (403, "not_allowed"),
        (408, "timed_out"),
        (413, "too_large"),
        (500, "module_error"),
    ],
)
def test_what_may_go_well_a_moment_later_is_tried_again_and_nothing_else(
    status: int, code: str, door: Door, calls: Add, whisk: Whisk
) -> None:
    calls("hello")
    whisk.refuses = [status]

    answer = door.say("#hello")

    assert answer.get("reason", {}).get("code", answer["outcome"]) == code
    assert len(whisk.asked) == (2 if code == "executed" else 1)


def test_an_error_of_openwhisk_s_own_is_not_the_action_s(
    door: Door, calls: Add, whisk: Whisk
) -> None:
    calls("hello")
    whisk.is_internal = True

    assert "OpenWhisk has an error of its own" in door.say("#hello")["reason"]["detail"]


@pytest.mark.parametrize("hiccups", [[], [404, 503, 429]])
def test_an_activation_that_is_not_waited_for_is_looked_after_until_it_has_ended(
    hiccups: list[int], door: Door, calls: Add, whisk: Whisk
) -> None:
    calls("hello")
    whisk.waits_s = 0
    whisk.refuses_looks = hiccups
    whisk.actions["hello"] = lambda args: is_looked_at.wait(5) and hello(args)
    is_looked_at = LookedAt(whisk)

    answer = door.say("#hello")

    assert [action["text"] for action in answer["actions"]] == ["Hello, bob!"]
    assert len(whisk.asked) == 1
    assert len(whisk.looks) > len(hiccups)


def test_an_activation_that_ends_badly_is_told_like_one_that_was_waited_for(
    door: Door, calls: Add, whisk: Whisk
) -> None:
    calls("hello")
    whisk.waits_s = 0
    whisk.actions["hello"] = lambda _: is_looked_at.wait(5) and {"error": "hunter2"}
    is_looked_at = LookedAt(whisk)

    answer = door.say("#hello")

    assert "answered with one. Its activation" in answer["reason"]["detail"]


def test_an_activation_that_does_not_end_in_time_is_not_waited_for(
    door: Door, calls: Add, whisk: Whisk
) -> None:
    calls("hello", timeout_s=0.5)
    whisk.waits_s = 0
    never = threading.Event()
    whisk.actions["hello"] = lambda _: {"text": str(never.wait(10))}

    answer = door.say("#hello")
    never.set()

    assert answer["reason"]["code"] == "timed_out"
    assert len(whisk.asked) == 1


def test_a_key_that_may_not_look_is_told_at_once(door: Door, calls: Add, whisk: Whisk) -> None:
    calls("hello")
    whisk.waits_s = 0
    whisk.refuses_looks = [401]
    whisk.actions["hello"] = lambda _: is_looked_at.wait(5) and {}
    is_looked_at = LookedAt(whisk)

    assert door.say("#hello")["reason"]["code"] == "bad_credentials"


class LookedAt:
    """Holds an action until somebody has asked after it."""

    def __init__(self, whisk: Whisk) -> None:
        self._whisk = whisk

    def wait(self, most_s: float) -> bool:
        pause = threading.Event()
        for _ in range(int(most_s / 0.01)):
            if self._whisk.looks:
                break
            pause.wait(0.01)
        return True


def test_a_community_s_own_key_opens_its_own_namespace(
    door: Door, calls: Add, whisk: Whisk, settings: Settings
) -> None:
    settings.ENGINE_OPENWHISK_ACTIONS = []
    calls("hello", secret=KEY, options={"namespace": "rookery"})

    assert door.say("#hello")["outcome"] == "executed"
    assert whisk.asked[0].namespace == "rookery"


def test_a_namespace_of_somebody_else_is_not_opened(door: Door, calls: Add, whisk: Whisk) -> None:
    calls("hello", secret=KEY, options={"namespace": "waddlebot"})

    assert door.say("#hello")["reason"]["code"] == "not_allowed"
    assert not whisk.asked


@pytest.mark.parametrize(
    "change",
    [
        {"ENGINE_OPENWHISK_ACTIONS": ["another"]},
        {"OPENWHISK_AUTH_KEY": ""},
        {"OPENWHISK_API_HOST": ""},
    ],
)
def test_what_the_server_s_admin_allows_no_more_is_called_no_more(
    change: dict[str, Any], door: Door, calls: Add, whisk: Whisk, settings: Settings
) -> None:
    calls("hello")
    for name, value in change.items():
        setattr(settings, name, value)

    assert door.say("#hello")["reason"]["code"] == "not_allowed"
    assert not whisk.asked


def test_a_host_that_is_private_and_not_allowed_is_not_called(
    door: Door, calls: Add, whisk: Whisk, settings: Settings
) -> None:
    calls("hello")
    settings.ENGINE_ALLOWED_HOSTS = []

    assert door.say("#hello")["reason"]["code"] == "address_refused"


def test_an_admin_gives_a_command_an_action_and_the_key_is_never_shown(
    api: Api, door: Door, whisk: Whisk
) -> None:
    engine = {"type": "openwhisk", "action": "hello", "namespace": "rookery", "secret": KEY}

    made = api.post(COMMANDS, {"name": "hello", "prefix": "#", "engine": engine})

    assert made.status_code == 201
    del engine["secret"]
    assert made.json()["engine"] == engine | {"timeout_s": 5, "has_secret": True}
    assert "r" * 64 not in made.text
    assert door.say("#hello")["outcome"] == "executed"


@pytest.mark.parametrize(
    ("engine", "pointer"),
    [
        ({"action": "billing"}, "action"),
        ({"action": "../hello", "secret": KEY}, "action"),
        ({"action": "a/b/c", "secret": KEY}, "action"),
        ({"action": "/hello", "secret": KEY}, "action"),
        ({"action": "hello?x", "secret": KEY}, "action"),
        ({"action": "greet", "namespace": "rookery"}, "namespace"),
        ({"action": "hello", "namespace": "..", "secret": KEY}, "namespace"),
        ({"action": "hello", "secret": "nonsense"}, "secret"),
    ],
)
def test_an_action_that_can_never_be_called_is_refused_where_it_is_wrong(
    engine: dict[str, str], pointer: str, api: Api, whisk: Whisk, settings: Settings
) -> None:
    settings.ENGINE_OPENWHISK_ACTIONS = ["greet*"]
    wish = {"name": "hello", "prefix": "#", "engine": {"type": "openwhisk", **engine}}

    refused = api.post(COMMANDS, wish)

    assert refused.status_code == 400
    assert [flaw["pointer"] for flaw in refused.json()["errors"]] == [f"#/engine/{pointer}"]


def test_a_server_without_openwhisk_takes_no_action(
    api: Api, whisk: Whisk, settings: Settings
) -> None:
    settings.OPENWHISK_API_HOST = ""
    engine = {"type": "openwhisk", "action": "hello", "secret": KEY}

    refused = api.post(COMMANDS, {"name": "hello", "prefix": "#", "engine": engine})

    assert [flaw["pointer"] for flaw in refused.json()["errors"]] == ["#/engine/type"]
