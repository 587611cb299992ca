"""`!reputation` and `!leaderboard`."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import redis

from core_router.sdk import RefusedError
from identity.models import Community, IdentityLink, Membership, User
from identity.operations.reputation import pending
from identity.tasks import flush_reputation
from tests import make
from tests.core_router.conftest import Door

Tell = Callable[..., str]


def seen(place: Community, name: str, points: int, *, platform: str = "twitch") -> User:
    """Return somebody known in chat, with points."""
    person = make.user(f"login-of-{name}")
    IdentityLink.objects.create(
        user=person,
        platform=platform,
        platform_user_id=name,
        platform_username=name.lower(),
        display_name=name,
    )
    Membership.objects.create(community=place, user=person, role=0, reputation=points)
    return person


def said(answer: Any) -> str:
    return str(answer["actions"][0]["text"])


@pytest.mark.django_db
def test_what_was_just_typed_is_counted(door: Door) -> None:
    for _ in range(2):
        door.say("hello", user_name="bob", display_name="Bob")
    flush_reputation()
    door.say("hello again", user_name="bob", display_name="Bob")

    answer = door.say("!reputation", user_name="bob", display_name="Bob")

    assert said(answer) == "Bob: 20 points, rank 1"


def test_without_redis_only_what_is_written_counts(
    tell: Tell, rookery: Community, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody_answers(*_: object) -> None:
        raise redis.ConnectionError

    Membership.objects.filter(user=alice).update(reputation=1)
    monkeypatch.setattr(pending, "call", nobody_answers)

    assert tell("!reputation") == "Alice: 1 point, rank 1"


def test_somebody_elses_points_are_found_by_their_name(tell: Tell, rookery: Community) -> None:
    seen(rookery, "Bob", 1234)

    assert tell("!reputation @BOB") == "Bob: 1,234 points"


def test_somebody_never_seen_is_named_harmlessly(tell: Tell, rookery: Community) -> None:
    with pytest.raises(RefusedError, match="Nobody called"):
        tell("!reputation @nobody")


def test_the_leaderboard_shows_the_first_by_the_names_of_the_platform(
    tell: Tell, rookery: Community
) -> None:
    seen(rookery, "Bob", 10)
    seen(rookery, "Carol", 30, platform="discord")
    seen(rookery, "!ban", 20)

    shown = tell("!leaderboard 3")

    assert re.sub("\u200b", "", shown) == "1. somebody: 30 · 2. !ban: 20 · 3. Bob: 10"
    assert "\u200b!ban" in shown
    assert "login-of" not in shown


@pytest.mark.parametrize(("asked", "shown"), [("2", 2), ("", 5), ("99", 10), ("-1", 5), ("0", 1)])
def test_the_leaderboard_is_as_long_as_asked(
    tell: Tell, rookery: Community, asked: str, shown: int
) -> None:
    for number in range(12):
        seen(rookery, f"p{number}", 10 + number)

    assert len(tell(f"!leaderboard {asked}").split(" · ")) == shown


def test_an_empty_leaderboard_says_so(tell: Tell) -> None:
    assert tell("!leaderboard") == "Nobody has points here yet."
