"""What is known of the people of a community, asked of all of them at once."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import (
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Min,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, ExtractDay, Least

from identity.data import CHAT_TYPES, SIGNS, MemberFact
from identity.models import IdentityLink, Membership, ReputationDay, SubscriberSighting
from identity.queries.streams import WatchStreak, streams_of


def member_facts(
    *, community_id: int, facts: Mapping[str, MemberFact], now: datetime
) -> "QuerySet[Membership, Any]":
    """Return everybody a community has seen, by `user_id` alone, to be filtered by these facts.

    Each is an alias of the rows, under the name it is asked by: nothing is read that no filter
    asks for. `identity.data.MEMBER_FACTS` says what there is.
    """
    asked = {name: EXPRESSIONS[fact.name](community_id, fact, now) for name, fact in facts.items()}
    rows = Membership.objects.filter(community_id=community_id)
    return rows.alias(**asked).values("user_id")


def _days_of(community_id: int, fact: MemberFact, now: datetime) -> "QuerySet[ReputationDay]":
    rows = ReputationDay.objects.filter(
        community_id=community_id, user_id=OuterRef("user_id"), events__gt=0
    )
    return rows if fact.days is None else rows.filter(day__gt=_before(fact, now))


def _before(fact: MemberFact, now: datetime) -> date:
    return now.date() - timedelta(days=fact.days or 0)


def _total(rows: "QuerySet[ReputationDay]", total: Any) -> Any:
    grouped = rows.order_by().values("user_id").annotate(total=total).values("total")
    return Coalesce(Subquery(grouped), 0)


def _messages(community_id: int, fact: MemberFact, now: datetime) -> Any:
    if fact.days is None:
        return F("messages")
    rows = _days_of(community_id, fact, now).filter(reason__in=sorted(CHAT_TYPES))
    return _total(rows, Sum("events"))


def _reputation(community_id: int, fact: MemberFact, now: datetime) -> Any:
    if fact.days is None:
        return F("reputation")
    return _total(_days_of(community_id, fact, now), Sum("points"))


def _active_days(community_id: int, fact: MemberFact, now: datetime) -> Any:
    rows = _days_of(community_id, fact, now).filter(reason__in=sorted(SIGNS))
    return _total(rows, Count("day", distinct=True))


def _account_age(_: int, __: MemberFact, now: datetime) -> Any:
    # Whoever was seen in chat before they signed up is as old as what they were seen with.
    links = IdentityLink.objects.filter(user_id=OuterRef("user_id")).order_by()
    first = links.values("user_id").annotate(first=Min("created_at")).values("first")
    return _days_since(Least("user__date_joined", Subquery(first)), now)


def _member_days(_: int, __: MemberFact, now: datetime) -> Any:
    return _days_since(F("joined_at"), now)


def _days_since(moment: Any, now: datetime) -> Any:
    passed = ExpressionWrapper(
        Value(now, output_field=DateTimeField()) - moment, output_field=DurationField()
    )
    return ExtractDay(passed)


def _subscribed(community_id: int, fact: MemberFact, now: datetime) -> Any:
    seen = SubscriberSighting.objects.filter(
        community_id=community_id, user_id=OuterRef("user_id"), seen_on__gt=_before(fact, now)
    )
    return Exists(seen)


def _watch_streak(community_id: int, fact: MemberFact, now: datetime) -> Any:
    streams = streams_of(community_id, today=now.date(), most=fact.most + 1)
    may_be_on = bool(streams) and streams[0][1] >= now.date()
    return WatchStreak(community_id, streams, may_be_on=may_be_on)


def _role(_: int, __: MemberFact, ___: datetime) -> Any:
    return F("role")


EXPRESSIONS: Final[Mapping[str, Callable[[int, MemberFact, datetime], Any]]] = {
    "messages": _messages,
    "reputation": _reputation,
    "active_days": _active_days,
    "account_age_days": _account_age,
    "member_days": _member_days,
    "subscribed": _subscribed,
    "watch_streak": _watch_streak,
    "role": _role,
}
