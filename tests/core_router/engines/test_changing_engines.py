"""An engine is replaced whole; its secret stays, for as long as it is the same one."""

from collections.abc import Callable
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from core_router.models import Command, Engine
from identity.models import AuditEvent
from tests.client import Api
from tests.core_router.conftest import Door
from tests.core_router.engines.conftest import SECRET
from tests.core_router.engines.server import Asked, ModuleServer

pytestmark = pytest.mark.django_db

COMMANDS = "/router/v1/communities/rookery/commands"
HOOKS = "/router/v1/communities/rookery/event-hooks"
Add = Callable[..., Command]


def is_signed(asked: Asked, secret: str) -> bool:
    try:
        Webhook(secret).verify(asked.body, asked.headers)
    except WebhookVerificationError:
        return False
    return True


def test_all_but_the_secret_is_replaced(
    api: Api, door: Door, hello: Add, module: ModuleServer
) -> None:
    path = f"{COMMANDS}/{hello(timeout_s=1).pk}"

    engine = api.patch(path, {"engine": {"type": "webhook", "url": module.url}}).json()["engine"]
    door.say("#hello")

    shown = {"type": "webhook", "url": module.url, "timeout_s": 5, "has_secret": True}
    assert engine == shown
    assert is_signed(module.asked[0], SECRET)


@pytest.mark.parametrize("kind", ["webhook", "container"])
def test_another_address_or_kind_gets_a_secret_of_its_own(
    kind: str, api: Api, door: Door, hello: Add, module: ModuleServer
) -> None:
    path = f"{COMMANDS}/{hello().pk}"
    elsewhere = module.url if kind == "container" else f"{module.url}/elsewhere"

    engine = api.patch(path, {"engine": {"type": kind, "url": elsewhere}}).json()["engine"]
    shown_again = api.get(path).json()["engine"]
    door.say("#hello")

    assert is_signed(module.asked[0], engine["secret"])
    assert not is_signed(module.asked[0], SECRET)
    assert "secret" not in shown_again


def test_a_secret_that_is_given_takes_over_with_overlap(
    api: Api, door: Door, hello: Add, module: ModuleServer
) -> None:
    new = "whsec_" + "bmV3" * 8
    path = f"{COMMANDS}/{hello().pk}"

    wish = {"type": "webhook", "url": module.url, "secret": new, "overlap_s": 60}
    engine = api.patch(path, {"engine": wish}).json()["engine"]
    door.say("#hello")

    assert "secret" not in engine
    assert is_signed(module.asked[0], new)
    assert is_signed(module.asked[0], SECRET)


def test_the_engine_of_a_hook_changes_in_the_same_way(api: Api, module: ModuleServer) -> None:
    wish = {"type": "webhook", "url": module.url}
    made = api.post(HOOKS, {"message_types": ["follow"], "engine": wish}).json()
    path = f"{HOOKS}/{made['id']}"

    changed = api.patch(path, {"engine": wish | {"timeout_s": 1}}).json()
    moved = api.patch(path, {"engine": wish | {"url": f"{module.url}/x"}}).json()

    assert changed["engine"]["timeout_s"] == 1
    assert "secret" not in changed["engine"]
    assert moved["engine"]["secret"] != made["engine"]["secret"]


@pytest.mark.parametrize(
    ("engine", "pointer"),
    [
        ({"timeout_s": 1}, "#/engine/type"),
        ({"type": "webhook"}, "#/engine/url"),
        ({"type": "lambda", "url": "https://a.example"}, "#/engine/function"),
        ({"type": "webhook", "url": "https://a.example", "region": "x"}, "#/engine/region"),
        ({"type": "teapot"}, "#/engine/type"),
        ({"type": "webhook", "url": "https://a.example", "timeout_s": 31}, "#/engine/timeout_s"),
        ({"type": "webhook", "url": "https://a.example", "secret": None}, "#/engine/secret"),
        ({"type": "webhook", "url": "http://a.example"}, "#/engine/url"),
        *[
            ({"type": "webhook", "url": "https://a.example", "secret": secret}, "#/engine/secret")
            for secret in ("", "short", "whsec_", "whsec_%%%%" + "A" * 40, "é" * 32, "A" * 33)
        ],
        ([], "#/engine"),
    ],
)
def test_what_cannot_be_is_pointed_at_and_changes_nothing(
    engine: Any, pointer: str, api: Api, hello: Add
) -> None:
    row, before = hello(), Engine.objects.get()

    answer = api.patch(f"{COMMANDS}/{row.pk}", {"engine": engine})

    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)
    assert Engine.objects.get().updated_at == before.updated_at


def test_a_text_gives_way_to_an_engine(api: Api, module: ModuleServer) -> None:
    made = api.post(COMMANDS, {"name": "hi", "response": "Hi!"}).json()

    whole = {"type": "webhook", "url": module.url}
    changed = api.patch(f"{COMMANDS}/{made['id']}", {"engine": whole}).json()

    assert changed["engine"]["secret"].startswith("whsec_")
    assert "response" not in changed


def test_no_secret_is_in_the_log_of_changes(api: Api, hello: Add, module: ModuleServer) -> None:
    path = f"{COMMANDS}/{hello().pk}"
    wish = {"type": "webhook", "url": f"{module.url}/elsewhere"}

    moved = api.patch(path, {"engine": wish}).json()
    rotated = api.post(f"{path}/rotate-secret", {}).json()

    told = str(list(AuditEvent.objects.values_list("details", flat=True)))
    secrets = [SECRET, moved["engine"]["secret"], rotated["engine"]["secret"]]
    assert wish["url"] in told
    assert not [secret for secret in secrets if secret in told]
