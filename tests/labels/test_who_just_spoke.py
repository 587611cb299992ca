"""Points are written every ten seconds, and with them who spoke; nobody has to wait for that."""

import pytest

from tests.client import Api
from tests.core_router.conftest import Door, channel, collector, door, line

__all__ = ["channel", "collector", "door"]

pytestmark = pytest.mark.django_db(transaction=True)

ACCOUNT = "/identity/v1/platforms/twitch/42"
HELD = "/labels/v1/objects/user/twitch:42/labels"


def vip(api: Api, *accounts: str) -> list[str]:
    api.post("/labels/v1/labels", {"name": "vip", "kind": "user"})
    items = [{"label": "vip", "kind": "user", "object_id": each} for each in accounts]
    answer = api.post("/labels/v1/assignments", items).json()
    return [each["status"] for each in answer["results"]]


def test_who_has_just_said_something_can_be_given_a_label(api: Api, door: Door) -> None:
    door.say("hello")

    assert vip(api, "twitch:42", "twitch:7") == ["created", "error"]


def test_who_has_just_said_something_is_known(api: Api, door: Door) -> None:
    assert api.get(ACCOUNT).status_code == 404

    door.say("hello")

    assert api.get(ACCOUNT).json()["name"] == line("hello")["user_name"]


def test_who_has_just_said_something_holds_nothing_yet(api: Api, door: Door) -> None:
    assert api.get(HELD).status_code == 404

    door.say("hello")

    assert api.get(HELD).json()["results"] == []
