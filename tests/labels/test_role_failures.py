"""What a platform refuses is shown, and tried again when that makes sense."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core_router.models import Entity
from labels.models import RoleGrant, RoleRule
from labels.operations.roles import carrying
from tests.labels.roles import ROLE, Stage
from tests.platforms.servers import says

State = RoleGrant.State


def shown(stage: Stage) -> list[dict[str, Any]]:
    rule = RoleRule.objects.get()
    listed = stage.api.get(f"{stage.rules}/{rule.pk}/grants")
    assert listed.status_code == 200
    results: list[dict[str, Any]] = listed.json()["results"]
    return results


def next_wait_s(stage: Stage) -> float:
    """Try at once, and return how long it is until the next time."""
    RoleGrant.objects.update(due_at=timezone.now())
    stage.sync()
    due_at = RoleGrant.objects.get().due_at
    assert due_at is not None
    return (due_at - timezone.now()).total_seconds()


def test_the_platforms_reason_is_shown(stage: Stage) -> None:
    stage.join("bob")
    stage.server.above.add(ROLE)
    stage.rule()

    stage.sync()

    [grant] = shown(stage)
    assert (grant["state"], grant["code"]) == ("grant_failed", "missing_permissions")
    assert "Manage Roles" in grant["detail"]
    assert (grant["due_at"], grant["given_by_us"]) == (None, False)
    assert grant["user"]["name"] == "bob"
    assert "platform_user_id" not in grant


def test_what_nobody_may_is_asked_for_once(stage: Stage) -> None:
    for name in ("bob", "carol", "dave"):
        stage.join(name)
    stage.server.above.add(ROLE)
    stage.rule()

    stage.sync()

    assert set(stage.states().values()) == {State.GRANT_FAILED}
    assert sum(each.method == "PUT" for each in stage.server.asked) == 1


def test_it_is_tried_again_on_demand_and_not_before(stage: Stage) -> None:
    stage.join("bob")
    stage.server.above.add(ROLE)
    rule = stage.rule()
    stage.sync()
    stage.server.above.clear()

    stage.sync(timezone.now() + timedelta(days=3))
    assert stage.states() == {"bob": State.GRANT_FAILED}

    again = stage.api.post(f"{stage.rules}/{rule.pk}/sync")
    assert (again.status_code, again.json()["counts"]["to_grant"]) == (202, 1)
    stage.sync()
    assert stage.holders() == {"bob"}


def test_it_is_tried_again_when_the_rule_changes(stage: Stage) -> None:
    stage.join("bob")
    stage.server.above.add(ROLE)
    rule = stage.rule()
    stage.sync()
    stage.server.above.clear()

    stage.api.patch(f"{stage.rules}/{rule.pk}", {"enabled": True})
    stage.sync()

    assert stage.holders() == {"bob"}


def test_who_is_not_on_the_server_yet_is_looked_for_every_day(stage: Stage) -> None:
    stage.join("bob")
    members = stage.server.members.pop(stage.account("bob"))
    stage.rule()
    stage.sync()
    assert shown(stage)[0]["code"] == "not_on_server"
    stage.server.members[stage.account("bob")] = members

    stage.sync(timezone.now() + timedelta(hours=25))

    assert stage.holders() == {"bob"}


def test_the_platforms_wait_is_kept(stage: Stage) -> None:
    for name in ("bob", "carol"):
        stage.join(name)
    stage.rule()
    stage.server.trouble = says(429, {"retry_after": 40.0, "global": False})
    stage.sync()
    stage.server.trouble = None
    stage.sync()
    asked, now = len(stage.server.asked), timezone.now()

    waits = [row.due_at - now for row in RoleGrant.objects.all() if row.due_at]
    assert asked == 1
    assert all(timedelta(seconds=35) < wait < timedelta(seconds=42) for wait in waits)
    assert set(RoleGrant.objects.values_list("attempts", "given_by_us")) == {(0, False)}


def test_a_platform_that_is_away_is_given_more_and_more_time(stage: Stage) -> None:
    stage.join("bob")
    stage.rule()
    stage.server.trouble = says(500)
    waits = [next_wait_s(stage) for _ in range(10)]

    assert 4 < waits[0] < 11
    assert max(waits[:9]) < 3601
    assert waits[9] == pytest.approx(24 * 3600, abs=60)
    assert stage.states() == {"bob": State.GRANT_FAILED}


def test_a_server_that_is_no_longer_the_communitys_gets_nothing_more(stage: Stage) -> None:
    stage.join("bob")
    stage.rule()
    stage.sync()
    Entity.objects.update(is_proven=False)
    stage.join("carol")

    stage.take("bob")
    stage.sync()

    assert stage.holders() == set()
    assert stage.states() == {"bob": State.REVOKED, "carol": State.GRANT_FAILED}
    assert RoleGrant.objects.get(state=State.GRANT_FAILED).code == "place_not_proven"


@pytest.mark.usefixtures("redis_is_down")
def test_without_redis_everything_waits(stage: Stage) -> None:
    stage.join("bob")
    stage.rule()

    stage.sync()

    assert stage.states() == {"bob": State.TO_GRANT}
    assert stage.server.asked == []


def test_one_rule_that_breaks_stops_no_other(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = carrying._changed

    def break_first(batch: Any, now: Any) -> Any:
        if batch.rule.pk == first.pk:
            raise RuntimeError
        return change(batch, now)

    stage.join("bob")
    stage.give("bob", "gold")
    stage.server.givable.add("300000000000000002")
    first = stage.rule()
    stage.rule(label="gold", role="300000000000000002")
    monkeypatch.setattr(carrying, "_changed", break_first)

    stage.sync()

    assert stage.holders("300000000000000002") == {"bob"}
    assert RoleGrant.objects.get(rule=first).state == State.TO_GRANT
