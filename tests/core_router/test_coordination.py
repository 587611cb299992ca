"""Collectors share entities out among themselves."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from core_router.models import Collector, CollectorLease, Entity
from identity.models import Community, User
from tests import make
from tests.client import Api
from tests.core_router.conftest import Door, line

pytestmark = pytest.mark.django_db

COORDINATION = "/router/v1/coordination"


class Hands:
    """A collector: what it asks for, and which entities it is told of."""

    def __init__(self, api: Api, name: str = "one") -> None:
        self.api = api
        self.name = name

    def claim(self, most: int = 5, platform: str = "twitch") -> list[str]:
        wish = {"platform": platform, "collector_id": self.name, "max_claims": most}
        return names_in(self.api.post(f"{COORDINATION}/claim", wish))

    def beat(self, *statuses: Any) -> list[str]:
        said = {"collector_id": self.name, "statuses": list(statuses)}
        return names_in(self.api.post(f"{COORDINATION}/heartbeat", said))

    def release(self, *entities: str) -> int:
        named = {"entities": list(entities)} if entities else {}
        answer = self.api.post(f"{COORDINATION}/release", {"collector_id": self.name, **named})
        return int(answer.json()["released"])


def names_in(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [lease["entity"].removeprefix("twitch+") for lease in answer.json()["claims"]]


def channels(place: Community, *names: str, **rest: Any) -> None:
    for name in names:
        make.entity(place, server_id=name, **rest)


def grace_is_over() -> None:
    CollectorLease.objects.filter(free_from__isnull=False).update(free_from=timezone.now())


def dies(name: str) -> None:
    """Its lease ends this moment."""
    Collector.objects.filter(name=name).update(expires_at=timezone.now())


@pytest.fixture
def one(api: Api) -> Hands:
    return Hands(api, "one")


@pytest.fixture
def two(api: Api) -> Hands:
    return Hands(api, "two")


def test_a_claim_tells_what_is_held_and_until_when(api: Api, rookery: Community) -> None:
    channels(rookery, "a")

    answer = api.post(f"{COORDINATION}/claim", {"platform": "twitch", "collector_id": "one"})

    (lease,) = answer.json()["claims"]
    ends = lease.pop("lease_expires_at")
    assert lease == {"entity": "twitch+a", "is_live": False, "priority": 100}
    assert ends.endswith("Z")
    assert answer.json()["lease_s"] == 360


def test_the_live_ones_come_first_then_those_of_low_number(
    api: Api, one: Hands, rookery: Community
) -> None:
    channels(rookery, "usual", "live", "first")
    CollectorLease.objects.filter(key="twitch+live").update(is_live=True)
    api.post("/router/v1/communities/rookery/entities", {"entity": "twitch+first", "priority": 1})

    assert [one.claim(1), one.claim(1), one.claim(1)] == [["live"], ["first"], ["usual"]]


def test_nobody_gets_what_another_holds(one: Hands, two: Hands, rookery: Community) -> None:
    channels(rookery, "a", "b")

    assert (one.claim(2), two.claim(2)) == (["a", "b"], [])
    assert (one.beat(), two.beat()) == (["a"], [])


def test_a_collector_that_comes_gets_its_share_once_the_other_was_told(
    one: Hands, two: Hands, rookery: Community
) -> None:
    channels(rookery, "a", "b", "c", "d")
    assert one.claim(5) == ["a", "b", "c", "d"]
    assert two.claim(5) == []

    told = one.beat()
    in_grace = two.claim(5)
    grace_is_over()
    after = two.claim(5)

    assert (told, in_grace, after) == (["a", "b"], [], ["c", "d"])
    assert (one.beat(), two.beat()) == (["a", "b"], ["c", "d"])
    assert one.claim(5) == []


def test_what_is_less_important_is_given_up_first(
    one: Hands, two: Hands, rookery: Community
) -> None:
    channels(rookery, "a", "b", "c", "d")
    one.claim()
    two.claim()

    told = one.beat(
        {"entity": "twitch+c", "is_live": True, "viewer_count": 7},
        {"entity": "twitch+d", "is_live": True},
    )

    assert told == ["c", "d"]


def test_what_cannot_be_divided_stays_where_it_is(
    api: Api, one: Hands, two: Hands, rookery: Community
) -> None:
    channels(rookery, "a", "b", "c", "d")
    three = Hands(api, "three")
    assert [len(each.claim()) for each in (one, two, three)] == [4, 0, 0]
    one.beat()
    grace_is_over()
    assert [len(each.claim()) for each in (two, three)] == [1, 1]

    rounds = [[len(each.beat()) for each in (one, two, three)] for _ in range(3)]
    more = [each.claim() for each in (one, two, three)]

    assert (rounds, more) == ([[2, 1, 1]] * 3, [[], [], []])


def test_nothing_is_given_up_for_who_wants_no_more(
    one: Hands, two: Hands, rookery: Community
) -> None:
    channels(rookery, *"abcdef")
    assert two.claim(1) == ["a"]

    assert one.claim(9) == ["b", "c", "d", "e", "f"]
    assert one.beat() == ["b", "c", "d", "e", "f"]


def test_only_as_much_is_given_up_as_the_other_asked_for(
    one: Hands, two: Hands, rookery: Community
) -> None:
    channels(rookery, *"abcdef")
    one.claim(9)
    two.claim(1)

    assert len(one.beat()) == 5


def test_what_somebody_wanted_long_ago_is_wanted_no_more(
    one: Hands, two: Hands, rookery: Community
) -> None:
    channels(rookery, "a", "b")
    one.claim()
    two.claim()
    Collector.objects.filter(name="two").update(asked_at=timezone.now() - timedelta(hours=1))

    assert one.beat() == ["a", "b"]


def test_the_channels_of_the_dead_are_free_at_once(
    one: Hands, two: Hands, rookery: Community
) -> None:
    channels(rookery, "a", "b")
    one.claim()

    dies("one")

    assert two.claim() == ["a", "b"]
    assert one.beat() == []
    assert not Collector.objects.filter(name="one").exists()


def test_whoever_is_late_keeps_what_nobody_took(one: Hands, rookery: Community) -> None:
    channels(rookery, "a")
    one.claim()
    Collector.objects.update(expires_at=timezone.now() + timedelta(seconds=1))

    assert one.beat() == ["a"]
    assert Collector.objects.get().expires_at > timezone.now() + timedelta(minutes=5)


def test_whoever_goes_leaves_all_at_once(one: Hands, two: Hands, rookery: Community) -> None:
    channels(rookery, "a", "b", "c")
    one.claim()

    released = [one.release("twitch+b", "twitch+nowhere"), two.release("twitch+a"), one.release()]

    assert released == [1, 0, 2]
    assert two.claim() == ["a", "b", "c"]


def test_a_community_sees_only_its_own(one: Hands, alice: User, rookery: Community) -> None:
    eve = make.user("eve")
    colony = make.community(owner=eve, slug="colony")
    channels(rookery, "ours")
    channels(colony, "theirs")
    hers = Hands(Api(make.key(eve, place=colony)), "one")

    assert (one.claim(), hers.claim()) == (["ours"], ["theirs"])
    assert hers.release("twitch+ours") == 0
    assert (one.beat(), hers.beat()) == (["ours"], ["theirs"])


def test_a_shared_collector_holds_what_is_proven(rookery: Community) -> None:
    channels(rookery, "proven")
    channels(rookery, "said", is_proven=False)
    staff = make.user("sam", is_staff=True)
    shared = Hands(Api(make.key(staff, scopes=["coordination:write"])))

    assert shared.claim() == ["proven"]


def test_a_key_without_a_community_is_for_staff_alone(alice: User, rookery: Community) -> None:
    wish = {"platform": "twitch", "collector_id": "one"}

    answer = Api(make.key(alice)).post(f"{COORDINATION}/claim", wish)

    assert answer.status_code == 403


def test_a_key_of_one_platform_shares_no_other(alice: User, rookery: Community) -> None:
    channels(rookery, "a")
    api = Api(make.key(alice, place=rookery, platform="discord"))
    wish = {"platform": "twitch", "collector_id": "one"}

    assert api.post(f"{COORDINATION}/claim", wish).status_code == 403
    assert api.get(f"{COORDINATION}/stats").json()["platforms"] == []


def test_whoever_loses_an_entity_loses_its_lease(one: Hands, rookery: Community) -> None:
    channels(rookery, "gone", "moved", "kept")
    one.claim()

    Entity.objects.filter(server_id="gone").delete()
    Entity.objects.filter(server_id="moved").update(community=make.community(owner=make.user()))

    assert one.beat() == ["kept"]


def test_what_a_heartbeat_says_is_kept_and_counted(
    api: Api, one: Hands, rookery: Community
) -> None:
    channels(rookery, "a", "b", "c")
    one.claim(2)

    one.beat(
        {"entity": "twitch+a", "is_live": True, "viewer_count": 9, "error": None},
        {"entity": "twitch+b", "error": "banned"},
        {"entity": "twitch+c", "is_live": True},
    )

    told = CollectorLease.objects.order_by("key").values_list("is_live", "viewer_count", "error")
    assert list(told) == [(True, 9, ""), (False, None, "banned"), (False, None, "")]
    assert api.get(f"{COORDINATION}/stats").json() == {
        "platforms": [
            {
                "platform": "twitch",
                "collectors": 1,
                "entities": 3,
                "claimed": 2,
                "free": 1,
                "live": 1,
                "errors": 1,
            }
        ],
        "lease_s": 360,
    }


def test_stats_count_no_dead(api: Api, one: Hands, rookery: Community) -> None:
    channels(rookery, "a")
    one.claim()
    dies("one")

    (platform,) = api.get(f"{COORDINATION}/stats").json()["platforms"]

    assert (platform["collectors"], platform["claimed"], platform["free"]) == (0, 0, 1)


def test_a_stream_that_begins_makes_its_channel_live(door: Door, rookery: Community) -> None:
    seen = []
    for kind in ("stream_online", "chatMessage", "stream_offline"):
        door.post("/router/v1/events", line("hello", message_type=kind))
        seen.append(CollectorLease.objects.get().is_live)

    assert seen == [True, True, False]


def test_a_stream_that_began_before_changes_nothing(door: Door, rookery: Community) -> None:
    began = line(message_type="stream_online", event_id="e1")
    door.post("/router/v1/events", began)
    CollectorLease.objects.update(is_live=False)

    door.post("/router/v1/events", began)
    door.post("/router/v1/events?dry_run=true", began | {"event_id": "e2"})

    assert not CollectorLease.objects.get().is_live


def test_the_lease_time_is_a_setting(one: Hands, rookery: Community, settings: Settings) -> None:
    settings.COLLECTOR_LEASE_S = 10
    channels(rookery, "a")
    one.claim()

    left = Collector.objects.get().expires_at - timezone.now()

    assert timedelta(seconds=5) < left < timedelta(seconds=11)


def test_there_are_only_so_many_collectors(
    api: Api, one: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core_router.operations.claiming.MOST_COLLECTORS", 1)
    one.claim()
    one.claim()

    answer = api.post(f"{COORDINATION}/claim", {"platform": "twitch", "collector_id": "two"})

    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_collectors")


def test_a_collector_holds_only_so_many(
    one: Hands, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core_router.operations.claiming.MOST_HELD", 2)
    channels(rookery, "a", "b", "c")

    assert one.claim(5) == ["a", "b"]


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("claim", {"collector_id": "a"}, "#"),
        ("claim", {"platform": "Twitch", "collector_id": "a"}, "#/platform"),
        ("claim", {"platform": "twitch", "collector_id": ""}, "#/collector_id"),
        ("claim", {"platform": "twitch", "collector_id": "a" * 101}, "#/collector_id"),
        ("claim", {"platform": "twitch", "collector_id": "a", "max_claims": 0}, "#/max_claims"),
        ("claim", {"platform": "twitch", "collector_id": "a", "max_claims": 2**70}, None),
        ("claim", {"platform": "twitch", "collector_id": "a\0"}, None),
        ("claim", b'{"platform": "twitch", "collector_id": "\\ud800"}', None),
        ("claim", [], "#"),
        ("claim", b"", None),
        ("heartbeat", {"collector_id": 5}, "#/collector_id"),
        ("heartbeat", {"collector_id": "a", "statuses": [{}]}, "#/statuses/0"),
        (
            "heartbeat",
            {"collector_id": "a", "statuses": [{"entity": "a+b", "viewer_count": -1}]},
            "#/statuses/0/viewer_count",
        ),
        ("heartbeat", {"collector_id": "a", "colour": "red"}, "#"),
        ("release", {"collector_id": "a", "entities": [7]}, "#/entities/0"),
        ("release", {"collector_id": "a", "entities": ["a+b"] * 1001}, "#/entities"),
    ],
)
def test_what_makes_no_sense_is_refused(api: Api, path: str, body: Any, pointer: Any) -> None:
    answer = api.post(f"{COORDINATION}/{path}", body)

    assert answer.status_code == 400, answer.content
    assert pointer is None or answer.json()["errors"][0]["pointer"] == pointer
    assert not Collector.objects.exists()
