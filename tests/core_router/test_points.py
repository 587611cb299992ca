"""Events earn points, each once, whatever goes wrong."""

import pytest
import redis
from django.db import OperationalError, connection
from django.utils import timezone

from core_router.data import MESSAGE_TYPES
from core_router.models import CommandExecution, ModerationRule
from core_router.pipeline import execute, run
from core_router.pipeline import gate as gates
from identity.data import DEFAULT_POINTS
from identity.models import (
    Community,
    IdentityLink,
    Membership,
    ReputationDay,
    ReputationRule,
    SubscriberSighting,
)
from identity.tasks import flush_reputation
from tests import make
from tests.core_router.conftest import Door, line
from waddlebot.lib.cache import announce
from waddlebot.lib.redis import NotReachedError, call

EVENTS = "/router/v1/events"


@pytest.fixture
def no_redis(monkeypatch: pytest.MonkeyPatch) -> gates.Gate:
    def nobody_answers(*_: object) -> None:
        raise NotReachedError

    gate = gates.Gate()
    monkeypatch.setattr(gates, "call", nobody_answers)
    monkeypatch.setattr(run, "gate", gate)
    return gate


def points_of(user_id: str = "42") -> int:
    """Return what somebody has once everything is written."""
    flush_reputation()
    found = Membership.objects.filter(user__identitylink__platform_user_id=user_id)
    return found.values_list("reputation", flat=True).first() or 0


def test_every_message_type_has_its_points() -> None:
    assert set(DEFAULT_POINTS) == set(MESSAGE_TYPES)


@pytest.mark.django_db
def test_a_chat_line_earns_points_and_makes_its_writer_known(door: Door) -> None:
    door.say("hello", display_name="Bob")

    assert points_of() == 5
    link = IdentityLink.objects.select_related("user").get()
    assert (link.platform_username, link.user.display_name) == ("bob", "Bob")
    assert link.user.is_staged
    assert link.last_seen_at is not None


@pytest.mark.django_db
@pytest.mark.parametrize("message_type", sorted(MESSAGE_TYPES - {"cheer"}))
def test_an_event_earns_what_its_type_is_worth(door: Door, message_type: str) -> None:
    door.say("x", message_type=message_type)

    assert points_of() == DEFAULT_POINTS[message_type]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("bits", "points"),
    [(100, 100), (10**9, 100_000), (-5, 0), ("100", 0), (True, 0), (None, 0), (1.5, 0)],
)
def test_a_cheer_earns_a_point_for_each_bit(door: Door, bits: object, points: int) -> None:
    door.say("x", message_type="cheer", metadata={"bits": bits})

    assert points_of() == points


@pytest.mark.django_db
def test_points_are_counted_by_day_and_reason(door: Door) -> None:
    for kind in ("chatMessage", "chatMessage", "follow"):
        door.say("x", message_type=kind)

    assert points_of() == 20
    rows = ReputationDay.objects.order_by("reason").values_list("reason", "events", "points")
    assert list(rows) == [("chatMessage", 2, 10), ("follow", 1, 10)]


@pytest.mark.django_db
def test_an_event_that_comes_twice_earns_once(door: Door) -> None:
    for _ in range(3):
        door.say("hello", event_id="e1")

    assert points_of() == 5


@pytest.mark.django_db
def test_what_a_rule_stopped_earns_nothing(door: Door, rookery: Community) -> None:
    ModerationRule.objects.create(
        community=rookery, name="spam", pattern="spam", match="contains", actions=[]
    )
    announce("rules", str(rookery.pk))
    door.say("spam")

    assert points_of() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("event", [{"server_id": "elsewhere"}, {"message_type": "channel_join"}])
def test_nobody_becomes_known_by_what_earns_nothing(door: Door, event: dict[str, str]) -> None:
    door.say("hello", **event)
    door.post(f"{EVENTS}?dry_run=true", line("hello"))
    flush_reputation()

    assert not IdentityLink.objects.exists()


@pytest.mark.django_db
def test_work_that_was_undone_earns_nothing_until_it_is_done(
    door: Door, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.command(rookery, "hug", cooldown_user_s=60)

    def is_away(*_: object) -> None:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(execute, "write_executions", is_away)
        patch.setattr(connection, "close", lambda: None)
        for event in ({"event_id": "e1"}, {}):
            assert door.post(EVENTS, line("!hug", **event)).status == 503
    assert points_of() == 0
    assert door.say("!hug", event_id="e1")["outcome"] == "executed"
    assert points_of() == 5


@pytest.mark.django_db
def test_points_that_were_written_before_the_work_was_undone_are_taken_back(
    door: Door, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.command(rookery, "hug")

    def write_points_and_break(*_: object) -> None:
        assert points_of() == 5
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(execute, "write_executions", write_points_and_break)
        patch.setattr(connection, "close", lambda: None)
        door.post(EVENTS, line("!hug"))

    assert points_of() == 0
    assert ReputationDay.objects.get().events == 0


@pytest.mark.django_db
def test_work_taken_up_again_earns_once(door: Door, rookery: Community) -> None:
    make.command(rookery, "hug")
    door.say("!hug", event_id="e1")
    CommandExecution.objects.all().delete()

    assert door.say("!hug", event_id="e1")["outcome"] == "executed"
    assert points_of() == 5


@pytest.mark.django_db
def test_without_redis_points_are_counted_once_and_written(
    door: Door, no_redis: gates.Gate
) -> None:
    for name in ("e1", "e1", "e2"):
        door.say("hello", event_id=name)
    no_redis.local.uncounted.write()

    assert points_of() == 10


@pytest.mark.django_db
def test_without_redis_points_are_given_back_too(
    door: Door, rookery: Community, no_redis: gates.Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.command(rookery, "hug")

    def is_away(*_: object) -> None:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(execute, "write_executions", is_away)
        patch.setattr(connection, "close", lambda: None)
        door.post(EVENTS, line("!hug", event_id="e1"))
    door.say("!hug", event_id="e1")
    no_redis.local.uncounted.write()

    assert points_of() == 5


@pytest.mark.django_db
def test_points_of_a_broken_call_are_not_counted_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count_and_break(*words: str | int) -> None:
        call(*words)
        raise redis.TimeoutError

    gate = gates.Gate()
    monkeypatch.setattr(gates, "call", count_and_break)
    monkeypatch.setattr(run, "gate", gate)
    door.say("hello")
    gate.local.uncounted.write()

    assert points_of() == 5


@pytest.mark.django_db
def test_points_wait_in_memory_while_postgresql_is_away_too(
    door: Door, no_redis: gates.Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_away(**_: object) -> None:
        raise OperationalError

    door.say("hello")
    with monkeypatch.context() as patch:
        patch.setattr("identity.api.add_points", is_away)
        patch.setattr(connection, "close", lambda: None)
        no_redis.local.uncounted.write()
    no_redis.local.uncounted.write()

    assert points_of() == 5


@pytest.mark.django_db
def test_what_facts_hang_on_is_counted_though_it_earns_nothing(
    door: Door, rookery: Community
) -> None:
    ReputationRule.objects.create(community=rookery, message_type="chatMessage", points=0)
    for kind in ("chatMessage", "voice_join", "stream_online", "member_leave"):
        door.say("x", message_type=kind)

    assert points_of() == 0
    assert set(ReputationDay.objects.values_list("reason", "events", "points")) == {
        ("chatMessage", 1, 0),
        ("voice_join", 1, 0),
        ("stream_online", 1, 0),
    }
    assert Membership.objects.get(user__is_staged=True).messages == 1


@pytest.mark.django_db
@pytest.mark.parametrize("roles", [["vip", "subscriber"], ["founder"]])
def test_a_subscribers_role_is_noted_by_the_day(door: Door, roles: list[str]) -> None:
    door.say("hello", user_roles=["vip"])
    points_of()
    assert not SubscriberSighting.objects.exists()

    door.say("hello", user_roles=roles)
    points_of()
    seen = SubscriberSighting.objects.get()
    assert (seen.platform, seen.seen_on) == ("twitch", timezone.now().date())


@pytest.mark.django_db
def test_what_a_subscriber_just_typed_is_counted_at_once(door: Door) -> None:
    door.say("hello", user_roles=["subscriber"])
    points_of()
    door.say("hello", user_roles=["subscriber"])

    said = door.say("!reputation", user_roles=["subscriber"])["actions"][0]["text"]
    assert said.startswith("bob: 15 points")
