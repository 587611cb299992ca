"""A command can be answered by whoever has an address, and knows that it is us who asks."""

import base64
import json
from collections.abc import Callable

import pytest
from pytest_django import Settings
from standardwebhooks import Webhook

from core_router.models import Command, CommandExecution, EngineCall
from identity.models import Community
from tests.client import Api
from tests.core_router.conftest import Door
from tests.core_router.engines.conftest import SECRET
from tests.core_router.engines.server import Asked, ModuleServer, Told, says

pytestmark = pytest.mark.django_db

Add = Callable[..., Command]


def test_a_module_is_sent_all_the_contract_names_and_its_line_is_said(
    door: Door, hello: Add, module: ModuleServer, rookery: Community
) -> None:
    hello()

    answer = door.say('#hello "big world"', message_id="m1")

    assert (answer["outcome"], answer["command"]) == ("executed", "hello")
    line = {"type": "chat", "text": "Hello!", "reply_to": "m1", "handled": False}
    assert answer["actions"] == [line]
    (asked,) = module.asked
    sent = asked.json()
    assert sent["execution_id"] == answer["execution_id"] == asked.headers["webhook-id"]
    assert sent["session_id"] == answer["session_id"]
    assert (sent["kind"], sent["command"]) == ("command", "hello")
    assert (sent["args"], sent["raw_args"]) == (["big world"], '"big world"')
    assert sent["community"] == {"id": rookery.pk, "name": rookery.name, "slug": "rookery"}
    assert sent["user"]["platform_user_id"] == "42"
    assert sent["entity"]["id"] == "twitch+rookery"
    assert sent["event"]["message_content"] == '#hello "big world"'


def test_every_call_is_signed_as_standard_webhooks_are(
    door: Door, hello: Add, module: ModuleServer
) -> None:
    hello()

    door.say("#hello")

    (asked,) = module.asked
    Webhook(SECRET).verify(asked.body, asked.headers)


def test_what_ran_outside_is_written_with_its_engine(
    door: Door, hello: Add, module: ModuleServer
) -> None:
    hello()

    answer = door.say("#hello")

    row = CommandExecution.objects.get(pk=answer["execution_id"])
    assert (row.engine, row.status, row.command) == ("webhook", "success", "hello")
    assert not EngineCall.objects.exists()


@pytest.mark.parametrize(
    ("say", "code", "seen"),
    [
        (says({}, 500), "module_error", "500"),
        (says({}, 404), "module_error", "404"),
        (says({}, 410), "gone", "410"),
        (lambda _: Told(302, headers={"Location": "/"}), "redirected", "no redirect"),
        (lambda _: Told(body=b"<html>", content_type="text/html"), "invalid_answer", "json"),
        (lambda _: Told(body=b"{"), "invalid_answer", "JSON"),
        (lambda _: Told(body=b"[]"), "invalid_answer", "object"),
        (says({"text": 5}), "invalid_answer", "text"),
        (says({"text": "x" * 4001}), "text_too_long", "text: at most"),
        (says({"actions": [{"type": "chat", "text": "x" * 4001}]}), "text_too_long", "4000"),
        (says({"actions": [{"type": "explode"}]}), "unknown_action", "actions/0"),
        (says({"actions": [{"type": "chat"}]}), "invalid_action", "text"),
        (says({"actions": [{"type": "ticker"}]}), "invalid_action", "actions/0"),
        (says({"actions": [{"type": "chat", "text": "x"}] * 11}), "too_many_actions", "10"),
        (
            says({"actions": [{"type": "direct_message", "user_id": "666", "text": "x"}]}),
            "foreign_user",
            "never seen",
        ),
        (lambda _: Told(body=b'{"text": "\\u0000"}'), "invalid_answer", "sound"),
        (lambda _: Told(body=b" " * 300_000), "reply_too_large", "large"),
        (lambda _: Told(raw=b"HTTP/1.1 200 OK\r\nContent-Le"), "unreachable", "answer"),
    ],
)
def test_an_answer_that_is_none_is_excused_in_chat_and_explained_to_the_author(
    say: Callable[[Asked], Told],
    code: str,
    seen: str,
    door: Door,
    hello: Add,
    module: ModuleServer,
) -> None:
    hello(timeout_s=0.5)
    module.say = say

    answer = door.say("#hello")

    assert (answer["outcome"], answer["reason"]["code"]) == ("failed", code)
    (line,) = answer["actions"]
    assert line["text"] == "Sorry, that command does not answer right now."
    row = CommandExecution.objects.get(pk=answer["execution_id"])
    assert (row.status, row.reason) == ("failed", code)
    assert seen in row.detail


def test_a_call_that_fails_for_a_moment_is_made_again_under_the_same_id(
    door: Door, hello: Add, module: ModuleServer
) -> None:
    hello()
    module.say = lambda _: Told(503) if len(module.asked) < 3 else Told(body=b'{"text": "ok"}')

    answer = door.say("#hello")

    assert [action["text"] for action in answer["actions"]] == ["ok"]
    assert module.ids == [answer["execution_id"]] * 3


def test_after_five_failures_in_a_row_nobody_is_called_and_others_still_answer(
    door: Door, hello: Add, module: ModuleServer
) -> None:
    hello()
    hello("there")
    module.say = lambda asked: Told(500 if asked.json()["command"] == "hello" else 200)

    reasons = [door.say("#hello")["reason"]["code"] for _ in range(6)]

    assert reasons == ["module_error"] * 5 + ["circuit_open"]
    assert len(module.asked) == 5
    assert door.say("#there")["outcome"] == "executed"
    assert door.say("!help")["outcome"] == "executed"


def test_a_line_longer_than_the_platform_takes_is_said_in_several(
    door: Door, hello: Add, module: ModuleServer
) -> None:
    hello()
    module.say = says({"text": "waddle " * 150})

    answer = door.say("#hello")

    texts = [action["text"] for action in answer["actions"]]
    assert len(texts) == 3
    assert all(len(text) <= 500 and text.startswith("waddle") for text in texts)


def test_a_dry_run_calls_nobody(door: Door, hello: Add, module: ModuleServer) -> None:
    hello()

    said = door.post("/router/v1/events?dry_run=true", json.loads(LINE)).json()

    assert (said["outcome"], said["actions"]) == ("executed", [])
    assert "not called" in said["trace"][-1]["detail"]
    assert not module.asked


LINE = json.dumps(
    {
        "platform": "twitch", "server_id": "rookery", "user_id": "42", "user_name": "alice",
        "message_type": "chatMessage", "message_content": "#hello",
    }
)  # fmt: skip


def test_a_secret_is_made_shown_once_and_rotated_with_overlap(
    api: Api, door: Door, module: ModuleServer
) -> None:
    path = "/router/v1/communities/rookery/commands"
    wish = {"name": "hello", "prefix": "#", "engine": {"type": "container", "url": module.url}}

    made = api.post(path, wish).json()
    again = api.get(f"{path}/{made['id']}").json()
    rotated = api.post(f"{path}/{made['id']}/rotate-secret", {"overlap_s": 60}).json()

    first, second = made["engine"]["secret"], rotated["engine"]["secret"]
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32
    assert again["engine"] == {
        "type": "container",
        "url": module.url,
        "timeout_s": 5,
        "has_secret": True,
    }
    door.say("#hello")
    (asked,) = module.asked
    for secret in (first, second):
        Webhook(secret).verify(asked.body, asked.headers)


def test_a_batch_calls_its_modules_at_once_and_answers_in_order(
    door: Door, hello: Add, module: ModuleServer
) -> None:
    hello()
    module.say = lambda asked: Told(body=json.dumps({"text": asked.json()["raw_args"]}).encode())
    events = [json.loads(LINE) | {"message_content": f"#hello {n}"} for n in range(10)]

    said = door.post("/router/v1/events/batch", {"events": events}).json()

    assert [each["actions"][0]["text"] for each in said["results"]] == [*map(str, range(10))]


def test_a_secret_whose_key_is_gone_fails_clearly_and_can_be_replaced(
    api: Api, door: Door, hello: Add, module: ModuleServer, settings: Settings
) -> None:
    row = hello()
    settings.SECRET_KEY = "another " * 8

    answer = door.say("#hello")
    api.post(f"/router/v1/communities/rookery/commands/{row.pk}/rotate-secret", {})

    assert answer["reason"]["code"] == "secret_lost"
    assert door.say("#hello")["outcome"] == "executed"


def test_a_secret_outlives_the_key_that_sealed_it(
    door: Door, hello: Add, module: ModuleServer, settings: Settings
) -> None:
    hello()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another " * 8

    door.say("#hello")

    (asked,) = module.asked
    Webhook(SECRET).verify(asked.body, asked.headers)


def test_a_bug_of_ours_ends_the_call_and_no_other(
    door: Door,
    hello: Add,
    module: ModuleServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    hello()
    monkeypatch.setattr("core_router.engines.http.body_of", lambda *_: 1 / 0)

    answer = door.say("#hello")

    assert (answer["outcome"], answer["reason"]["code"]) == ("failed", "engine_broke")
    assert "An engine broke" in caplog.text
    assert CommandExecution.objects.get().reason == "engine_broke"
    assert not EngineCall.objects.exists()


def test_why_it_failed_is_said_to_whoever_asks(
    door: Door, hello: Add, module: ModuleServer
) -> None:
    hello()
    module.say = says({"text": 5})
    door.say("#hello")

    (said,) = door.say("!why")["actions"]

    assert said["text"] == "#hello failed just now. text: it is no text."
