"""The router in Django's admin."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.utils import timezone

from core_router.api import claim_entity
from core_router.data import EngineType, EngineWish
from core_router.engines.secrets import new_webhook_secret
from core_router.models import (
    Command,
    CommandExecution,
    EngineCall,
    Entity,
    ModerationEntry,
    ModerationRule,
    QueuedEvent,
)
from core_router.operations.engines import save_engine
from core_router.queries.commands import command_table
from core_router.queries.entities import entity
from identity.models import AuditEvent, Community
from tests import make
from waddlebot.lib.ids import new_id


@pytest.fixture
def staff(db: None) -> Client:
    boss = make.user("boss", is_staff=True)
    boss.is_superuser = True
    boss.save()
    client = Client()
    client.force_login(boss)
    return client


def act(staff: Client, model: str, action: str, row: Any) -> None:
    answer = staff.post(
        f"/admin/core_router/{model}/", {"action": action, "_selected_action": [row.pk]}
    )
    assert answer.status_code == 302, answer.content


@pytest.mark.parametrize(
    "model", [m for m in admin.site._registry if m._meta.app_label == "core_router"]
)
def test_every_list_opens(staff: Client, rookery: Community, model: Any) -> None:
    path = f"/admin/core_router/{model._meta.model_name}/"

    assert staff.get(path).status_code == 200
    assert staff.get(f"{path}?q=rookery").status_code == 200


@pytest.mark.parametrize("model", [CommandExecution, ModerationEntry])
def test_big_tables_are_never_counted_whole(
    staff: Client, model: Any, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    with django_assert_max_num_queries(20) as queries:
        staff.get(f"/admin/core_router/{model._meta.model_name}/")

    table = model._meta.db_table
    counts = [q["sql"] for q in queries if "COUNT(" in q["sql"] and table in q["sql"]]
    assert counts
    assert all("LIMIT" in sql for sql in counts)


def test_what_was_said_is_not_shown(staff: Client, rookery: Community) -> None:
    queued = QueuedEvent.objects.create(
        id=new_id(),
        community=rookery,
        platform="twitch",
        event_id="1",
        payload={"message_content": "a secret"},
    )

    page = staff.get(f"/admin/core_router/queuedevent/{queued.pk}/change/")

    assert page.status_code == 200
    assert "a secret" not in page.content.decode()


def test_of_an_engine_neither_secret_nor_address_is_shown(
    staff: Client, rookery: Community
) -> None:
    secret, where = new_webhook_secret(), "https://modules.example/canary?key=canary"
    wish = EngineWish(EngineType.WEBHOOK, where, secret=secret)
    row = save_engine(community_id=rookery.pk, wish=wish, now=timezone.now())
    paths = ["", f"{row.pk}/change/"]

    shown = [staff.get(f"/admin/core_router/engine/{path}").content.decode() for path in paths]

    assert all("modules.example" in page for page in shown)
    for canary in ("canary", secret, secret[6:], bytes(row.sealed_secrets).decode()):
        assert not any(canary in page for page in shown)


def test_a_call_that_waits_is_shown(staff: Client, rookery: Community) -> None:
    now = timezone.now()
    call = EngineCall.objects.create(
        session_id=new_id(), community=rookery, command_id=1, command="tea", engine="webhook",
        user_id=1, entity="twitch+rookery", state="pending", deadline_at=now, expires_at=now,
    )  # fmt: skip

    listed = staff.get("/admin/core_router/enginecall/").content.decode()

    assert str(call.pk) in listed
    assert staff.get(f"/admin/core_router/enginecall/{call.pk}/change/").status_code == 200


def test_staff_prove_a_claim(staff: Client, rookery: Community) -> None:
    claim_entity(
        community_id=rookery.pk, platform="twitch", server_id="waddle", now=timezone.now()
    )

    act(staff, "entity", "prove", Entity.objects.get())

    found = entity("twitch+waddle")
    assert found is not None
    assert found.is_proven
    assert AuditEvent.objects.filter(action="entity.proven", actor__startswith="user:").exists()


def test_staff_switch_a_command_off_and_on(staff: Client, rookery: Community) -> None:
    so = Command.objects.get(name="so")

    act(staff, "command", "switch_off", so)
    off = command_table(rookery.pk).find("!", "so")
    act(staff, "command", "switch_on", so)
    on = command_table(rookery.pk).find("!", "so")

    assert off is not None
    assert on is not None
    assert (off.enabled, on.enabled) == (False, True)


def test_staff_switch_a_rule_off(staff: Client, rookery: Community) -> None:
    rule = ModerationRule.objects.create(
        community=rookery, name="bad", pattern="bad", match="word"
    )

    act(staff, "moderationrule", "switch_off", rule)

    rule.refresh_from_db()
    assert rule.mode == "off"


def test_nothing_is_edited_by_hand(staff: Client, rookery: Community) -> None:
    so = Command.objects.get(name="so")

    assert staff.get("/admin/core_router/command/add/").status_code == 403
    assert staff.post(f"/admin/core_router/command/{so.pk}/delete/").status_code == 403
    assert staff.get(f"/admin/core_router/command/{so.pk}/change/").status_code == 200
