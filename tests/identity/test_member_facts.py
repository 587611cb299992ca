"""What rules ask of everybody in a community is true."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from identity import api as identity
from identity.data import MEMBER_FACTS, MemberFact, Role
from identity.models import Community, IdentityLink, Membership, User
from identity.queries.member_facts import EXPRESSIONS
from identity.queries.streams import streams_of
from tests import make

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = NOW.date()


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def meets(place: Community, fact: MemberFact, **condition: object) -> set[str]:
    rows = identity.member_facts(community_id=place.pk, facts={"fact": fact}, now=NOW)
    wanted = {f"fact__{lookup}": value for lookup, value in condition.items()}
    found = rows.filter(**wanted).values_list("user_id", flat=True)
    return set(User.objects.filter(pk__in=found).values_list("username", flat=True))


def count(place: Community, who: str, days_ago: int = 0, times: int = 1, **gain: Any) -> None:
    """Count an event of twitch:<who> as the flush does."""
    values = {"reason": "chatMessage", "points": 5, "subscriber": False, **gain}
    field = identity.gain_field(
        identity.Gain(
            day=ago(days_ago),
            platform="twitch",
            platform_user_id=who,
            user_name=who,
            display_name="",
            **values,
        )
    )
    identity.add_points(community_id=place.pk, counts={field: times}, now=NOW)


@pytest.fixture
def bob(rookery: Community) -> User:
    person = make.user("bob")
    make.link(person, "twitch", "bob")
    Membership.objects.create(community=rookery, user=person, role=Role.NONE, joined_at=NOW)
    return person


def test_every_fact_that_is_told_of_can_be_asked() -> None:
    assert EXPRESSIONS.keys() == MEMBER_FACTS.keys()


def test_messages_are_chat_lines_and_slash_commands(rookery: Community, bob: User) -> None:
    count(rookery, "bob", times=3)
    count(rookery, "bob", reason="slashCommand", times=2)
    count(rookery, "bob", reason="follow", times=7)

    assert meets(rookery, MemberFact("messages"), exact=5) == {"bob"}
    assert meets(rookery, MemberFact("messages"), exact=0) == {"alice"}


def test_messages_that_earn_nothing_are_counted_and_those_given_back_are_not(
    rookery: Community, bob: User
) -> None:
    count(rookery, "bob", points=0, times=4)
    count(rookery, "bob", points=0, times=-1)

    assert meets(rookery, MemberFact("messages"), exact=3) == {"bob"}
    assert meets(rookery, MemberFact("messages", 1), exact=3) == {"bob"}


def test_of_some_days_today_is_the_last(rookery: Community, bob: User) -> None:
    for days_ago in (0, 6, 7):
        count(rookery, "bob", days_ago, points=5)

    assert meets(rookery, MemberFact("messages", 7), exact=2) == {"bob"}
    assert meets(rookery, MemberFact("reputation", 7), exact=10) == {"bob"}
    assert meets(rookery, MemberFact("active_days", 8), exact=3) == {"bob"}
    assert meets(rookery, MemberFact("reputation"), exact=15) == {"bob"}


def test_a_day_counts_once_and_not_for_what_others_did(rookery: Community, bob: User) -> None:
    count(rookery, "bob")
    count(rookery, "bob", reason="reaction")
    count(rookery, "bob", 1, reason="ban", points=-50)

    assert meets(rookery, MemberFact("active_days", 30), exact=1) == {"bob"}


def test_an_account_is_as_old_as_the_first_that_was_seen_of_it(
    rookery: Community, bob: User
) -> None:
    User.objects.filter(pk=bob.pk).update(date_joined=NOW - timedelta(days=3))
    assert meets(rookery, MemberFact("account_age_days"), exact=3) == {"bob"}

    IdentityLink.objects.update(created_at=NOW - timedelta(days=40, hours=1))
    assert meets(rookery, MemberFact("account_age_days"), exact=40) == {"bob"}


def test_days_of_membership_are_whole_ones(rookery: Community, bob: User) -> None:
    Membership.objects.filter(user=bob).update(
        joined_at=NOW - timedelta(days=30) + timedelta(1e-5)
    )
    assert meets(rookery, MemberFact("member_days"), exact=29) == {"bob"}

    Membership.objects.filter(user=bob).update(joined_at=NOW - timedelta(days=30))
    assert meets(rookery, MemberFact("member_days"), exact=30) == {"bob"}


def test_roles_have_an_order(rookery: Community, bob: User) -> None:
    assert meets(rookery, MemberFact("role"), gte=Role.ADMIN) == {"alice"}
    assert meets(rookery, MemberFact("role"), lt=Role.MEMBER) == {"bob"}


@pytest.mark.parametrize(
    "sign",
    [{"subscriber": True}, {"reason": "subscription"}, {"reason": "resub", "points": 0}],
    ids=str,
)
def test_a_subscriber_is_one_for_a_month_after_the_last_sign(
    rookery: Community, bob: User, sign: dict[str, Any]
) -> None:
    count(rookery, "bob", 30, **sign)
    assert meets(rookery, MemberFact("subscribed", 31), exact=True) == {"bob"}
    assert meets(rookery, MemberFact("subscribed", 30), exact=True) == set()

    count(rookery, "bob", 40, **sign)
    count(rookery, "bob", 1)
    assert meets(rookery, MemberFact("subscribed", 31), exact=True) == {"bob"}


def test_who_gives_a_subscription_is_no_subscriber_by_that(rookery: Community, bob: User) -> None:
    count(rookery, "bob", reason="subgift")

    assert meets(rookery, MemberFact("subscribed", 31), exact=True) == set()


def stream(place: Community, *days_ago: int, offline: bool = False) -> None:
    for each in days_ago:
        count(place, "caster", each, reason="stream_offline" if offline else "stream_online")


def streak_of(place: Community, name: str = "bob") -> int | None:
    found = (n for n in range(10) if name in meets(place, MemberFact("watch_streak"), exact=n))
    return next(found, None)


def test_a_streak_is_of_streams_in_a_row_up_to_the_last(rookery: Community, bob: User) -> None:
    stream(rookery, 2, 5, 6, 9)
    for days_ago in (2, 5, 9):
        count(rookery, "bob", days_ago)
    assert streak_of(rookery) == 2

    count(rookery, "bob", 6, reason="reaction")
    assert streak_of(rookery) == 4


def test_no_stream_no_streak_and_a_missed_one_ends_it(rookery: Community, bob: User) -> None:
    count(rookery, "bob", 3)
    assert streak_of(rookery) == 0

    stream(rookery, 3)
    assert streak_of(rookery) == 1

    stream(rookery, 2)
    assert streak_of(rookery) == 0


def test_a_stream_that_may_be_on_is_not_missed_yet(rookery: Community, bob: User) -> None:
    stream(rookery, 0, 4)
    count(rookery, "bob", 4)
    assert streak_of(rookery) == 1

    count(rookery, "bob")
    assert streak_of(rookery) == 2


def test_a_stream_lasts_into_the_day_on_which_it_ends(rookery: Community) -> None:
    def days() -> list[tuple[date, date]]:
        return streams_of(rookery.pk, today=TODAY, most=5)

    stream(rookery, 1, 5)
    # Nobody has said yet that yesterday's is over.
    assert days() == [(ago(1), TODAY), (ago(5), ago(5))]

    stream(rookery, 1, 4, offline=True)
    assert days() == [(ago(1), ago(1)), (ago(5), ago(4))]


def test_streaks_are_counted_as_far_as_is_asked(rookery: Community, bob: User) -> None:
    stream(rookery, *range(1, 9))
    for days_ago in range(1, 9):
        count(rookery, "bob", days_ago)

    assert meets(rookery, MemberFact("watch_streak", most=5), gte=5) == {"bob"}
    assert meets(rookery, MemberFact("watch_streak", most=5), gt=5) == {"bob"}


def test_another_community_knows_nothing_of_it(rookery: Community, bob: User) -> None:
    elsewhere = make.community(owner=bob)
    count(rookery, "bob", times=2)

    for fact in (MemberFact("messages"), MemberFact("messages", 30), MemberFact("active_days", 9)):
        assert meets(elsewhere, fact, exact=0) == {"bob"}
