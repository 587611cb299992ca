import json

import pytest
from django.core.wsgi import get_wsgi_application
from django.utils import timezone

from identity import api as identity
from identity.data import Scope
from tests.core_router.conftest import Door
from waddlebot.cli import main
from waddlebot.demo import NotOursError, build

pytestmark = pytest.mark.django_db


def test_it_is_the_same_each_time_but_for_the_sign_in_link() -> None:
    first, second = build(now=timezone.now()), build(now=timezone.now())

    assert first.collector_key == second.collector_key
    assert first.admin_key == second.admin_key
    assert first.sources == second.sources
    assert first.community == second.community
    assert first.owner["login_url"] != second.owner["login_url"]


def test_its_keys_open_what_the_contract_says() -> None:
    found = build(now=timezone.now())
    collector = identity.authenticate(found.collector_key, ip="127.0.0.1")
    admin = identity.authenticate(found.admin_key, ip="127.0.0.1")

    assert collector.community_id == admin.community_id == found.community["id"]
    assert collector.scopes == {
        "events:write",
        "responses:write",
        "coordination:write",
        "identity:verify",
    }
    assert admin.scopes == set(Scope) - {"admin"}


def test_a_revoked_key_gets_a_successor() -> None:
    first = build(now=timezone.now())
    [key] = [k for k in identity.list_keys() if k.key_id in first.admin_key]
    identity.revoke_key(pk=key.id)

    second = build(now=timezone.now())
    assert second.admin_key != first.admin_key
    assert identity.authenticate(second.admin_key, ip="127.0.0.1").user_id == key.user_id


def test_somebody_elses_rookery_is_left_alone() -> None:
    eve = identity.create_user(username="eve")
    identity.create_community(name="Mine", slug="rookery", owner_id=eve.id, now=timezone.now())

    with pytest.raises(NotOursError):
        build(now=timezone.now())


def test_json_is_all_that_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    main(["demo", "--json"])

    found = json.loads(capsys.readouterr().out)
    assert found["community"]["slug"] == "rookery"
    assert found["entity"] == "twitch+rookery"
    assert sorted(found["sources"]) == ["general", "media", "ticker"]


def test_for_people_it_is_a_list(capsys: pytest.CaptureFixture[str]) -> None:
    main(["demo"])

    assert "Overlay ticker" in capsys.readouterr().out


def test_a_label_given_in_chat_opens_its_lounge() -> None:
    found = build(now=timezone.now())
    door = Door(get_wsgi_application(), found.collector_key)
    owner = {"user_id": "1", "user_name": "owner", "user_roles": ["broadcaster"]}
    assert door.say("!lounge")["outcome"] == "denied"

    said = door.say("!label add @bob vip", **owner)["actions"][0]["text"]

    assert said == "bob has vip now."
    assert door.say("!lounge")["actions"][0]["text"].startswith("The door opens, bob.")
