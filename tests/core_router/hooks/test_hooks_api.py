"""A community says who is told of its events."""

from typing import Any

import pytest

from core_router.models import DeliveryLane, Engine, EventDelivery, EventHook
from core_router.operations.hooks import MOST_HOOKS
from identity.models import AuditEvent, Community
from tests import make
from tests.client import Api

pytestmark = pytest.mark.django_db

HOOKS = "/router/v1/communities/rookery/event-hooks"
ENGINE = {"type": "webhook", "url": "https://example.org/told"}
HOOK: dict[str, Any] = {"message_types": ["raid", "follow"], "engine": ENGINE}


def test_a_hook_is_made_shown_changed_and_removed(api: Api, rookery: Community) -> None:
    made = api.post(HOOKS, HOOK)
    path = f"{HOOKS}/{made.json()['id']}"
    changed = api.patch(path, {"mode": "sequential", "priority": 5, "enabled": False})
    listed = api.get(HOOKS).json()["results"]
    gone = api.delete(path)

    assert made.status_code == 201
    assert made.json()["message_types"] == ["follow", "raid"]
    assert (made.json()["mode"], made.json()["priority"]) == ("parallel", 100)
    assert changed.json()["priority"] == 5
    assert [row["mode"] for row in listed] == ["sequential"]
    assert gone.status_code == 204
    assert not EventHook.objects.exists()
    assert not Engine.objects.exists()


def test_its_secret_is_shown_once_and_written_down_nowhere(api: Api, rookery: Community) -> None:
    made = api.post(HOOKS, HOOK).json()
    path = f"{HOOKS}/{made['id']}"

    renewed = api.post(f"{path}/rotate-secret", {"overlap_s": 60}).json()

    secrets = [each["engine"]["secret"] for each in (made, renewed)]
    assert len(set(secrets)) == 2
    assert "secret" not in api.get(path).json()["engine"]
    logged = str(list(AuditEvent.objects.values_list("details", flat=True)))
    assert not any(secret in logged for secret in secrets)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"message_types": []}, "#/message_types"),
        ({"message_types": ["nonsense"]}, "#/message_types/0"),
        ({"message_types": "raid"}, "#/message_types"),
        ({"engine": {"type": "webhook", "url": "ftp://x"}}, "#/engine/url"),
        ({"engine": None}, "#/engine"),
        ({"mode": "both"}, "#/mode"),
        ({"priority": 0}, "#/priority"),
        ({"priority": 10**9}, "#/priority"),
        ({"enabled": "yes"}, "#/enabled"),
        ({"other": 1}, "#/other"),
    ],
)
def test_nonsense_is_refused_and_named(
    api: Api, rookery: Community, wrong: dict[str, Any], pointer: str
) -> None:
    answer = api.post(HOOKS, HOOK | wrong)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_community_has_so_many_hooks(api: Api, rookery: Community) -> None:
    for _ in range(MOST_HOOKS):
        assert api.post(HOOKS, HOOK).status_code == 201

    answer = api.post(HOOKS, HOOK)

    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_hooks")


def test_a_strangers_deliveries_are_nobodys(api: Api, rookery: Community) -> None:
    eve = make.user("eve")
    elsewhere = make.community(owner=eve)
    theirs = Api(make.key(eve, place=elsewhere))
    hook = EventHook.objects.get(pk=api.post(HOOKS, HOOK).json()["id"])
    row = make.dead_delivery(hook)
    place = f"/router/v1/communities/{elsewhere.slug}"

    answers = [
        theirs.get(f"{place}/event-hooks/{hook.pk}/deliveries"),
        theirs.post(f"{place}/event-hooks/{hook.pk}/replay", {}),
        theirs.post(f"{place}/deliveries/{row.pk}/replay", {}),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert api.get(f"{HOOKS}/{hook.pk}/deliveries?state=x").status_code == 400


def test_with_a_hook_goes_what_it_is_owed(api: Api, rookery: Community) -> None:
    hook = EventHook.objects.get(pk=api.post(HOOKS, HOOK).json()["id"])
    make.dead_delivery(hook)

    api.delete(f"{HOOKS}/{hook.pk}")

    assert not EventDelivery.objects.exists()
    assert not DeliveryLane.objects.exists()
