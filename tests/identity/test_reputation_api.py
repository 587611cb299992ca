from typing import Any

import pytest

from identity.data import DEFAULT_POINTS, Role
from identity.models import AuditEvent, Community, Membership, User
from identity.operations.reputation import adjust_points
from identity.queries.reputation import points_in
from tests import make
from tests.client import Api
from waddlebot.lib.pagination import encoded

BOARD = "/identity/v1/communities/rookery/reputation"
RULES = "/identity/v1/communities/rookery/reputation-rules"


@pytest.fixture
def crowd(rookery: Community) -> list[User]:
    """Five with 10, 20, 20, 20 and 30 points, and one with none."""
    people = [make.member(rookery, make.user(f"p{number}")) for number in range(6)]
    for person, points in zip(people, (10, 20, 20, 20, 30, 0), strict=True):
        Membership.objects.filter(user=person).update(reputation=points)
    return people


def pages(api: Api, path: str) -> list[list[dict[str, Any]]]:
    found = []
    while path:
        body = api.get(path).json()
        found.append(body["results"])
        path = body["next"]
    return found


def test_the_leaderboard_has_the_most_points_first_and_everybody_once(
    api: Api, crowd: list[User]
) -> None:
    read = pages(api, f"{BOARD}?limit=2")

    listed = [each for page in read for each in page]
    assert [len(page) for page in read] == [2, 2, 1]
    assert [each["points"] for each in listed] == [30, 20, 20, 20, 10]
    assert [each["rank"] for each in listed] == [1, 2, 3, 4, 5]
    assert len({each["user"]["id"] for each in listed}) == 5


@pytest.mark.parametrize("place", ["", "1", "1.2", "1.2.3.4", "-1.2.3", f"1.2.{2**63}", "1.x.3"])
def test_a_cursor_that_is_none_of_ours_is_refused(api: Api, place: str) -> None:
    answer = api.get(f"{BOARD}?cursor={encoded(place) or '!'}")

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


def test_somebodys_points_come_with_rank_and_history(api: Api, crowd: list[User]) -> None:
    read = api.get(f"{BOARD}/{crowd[1].public_id}").json()

    assert (read["points"], read["rank"], read["history"]) == (20, 2, [])
    assert api.get(f"{BOARD}/{crowd[5].public_id}").json()["rank"] is None


def test_somebody_the_community_does_not_know_is_not_found(api: Api) -> None:
    stranger = make.user("stranger")

    assert api.get(f"{BOARD}/{stranger.public_id}").status_code == 404
    assert api.post(f"{BOARD}/{stranger.public_id}", {"points": 1}).status_code == 404


@pytest.mark.parametrize("days", ["0", "366", "x", "-1"])
def test_the_history_is_of_a_year_at_most(api: Api, alice: User, days: str) -> None:
    assert api.get(f"{BOARD}/{alice.public_id}?days={days}").status_code == 400
    assert api.get(f"{BOARD}/{alice.public_id}?days=365").status_code == 200


def test_a_manager_gives_and_takes_points_and_it_is_written_down(
    api: Api, crowd: list[User]
) -> None:
    url = f"{BOARD}/{crowd[0].public_id}"
    api.post(url, {"points": 15})
    answer = api.post(url, {"points": -5}).json()

    assert (answer["points"], answer["rank"]) == (20, 2)
    [row] = answer["history"]
    assert (row["reason"], row["events"], row["points"]) == ("adjusted", 2, 10)
    event = AuditEvent.objects.filter(action="reputation_adjusted").latest("id")
    assert (event.target, event.details) == (
        f"user:{crowd[0].pk}",
        {"before": 25, "after": 20},
    )


@pytest.mark.parametrize("points", [None, "many", 1.5, 10**10, [], {}])
def test_an_adjustment_is_a_number_within_reason(api: Api, alice: User, points: object) -> None:
    assert api.post(f"{BOARD}/{alice.public_id}", {"points": points}).status_code == 400


def test_members_read_and_do_not_adjust(rookery: Community) -> None:
    bob = make.member(rookery, make.user("bob"), Role.MODERATOR)
    theirs = Api(make.key(bob, place=rookery))

    assert theirs.get(BOARD).status_code == 200
    assert theirs.post(f"{BOARD}/{bob.public_id}", {"points": 5}).status_code == 403
    assert theirs.patch(RULES, {"chatMessage": 100}).status_code == 403


def test_a_community_says_what_events_earn(api: Api, rookery: Community) -> None:
    points_in(rookery.pk)
    changed = api.patch(RULES, {"chatMessage": 3, "ban": -100}).json()

    assert changed["chatMessage"] == {"points": 3, "default": 5}
    assert changed == api.get(RULES).json()
    assert points_in(rookery.pk)["ban"] == -100
    event = AuditEvent.objects.get(action="reputation_rules_changed")
    assert event.details == {"before": {}, "after": {"chatMessage": 3, "ban": -100}}


def test_null_goes_back_to_the_default(api: Api) -> None:
    api.patch(RULES, {"chatMessage": 3, "follow": 1})
    changed = api.patch(RULES, {"chatMessage": None}).json()

    assert changed["chatMessage"]["points"] == DEFAULT_POINTS["chatMessage"]
    assert changed["follow"]["points"] == 1


@pytest.mark.parametrize(
    "changes", [{"chatMesage": 3}, {"chatMessage": 10_001}, {"chatMessage": "x"}, [], 3]
)
def test_rules_that_make_no_sense_are_refused(api: Api, changes: object) -> None:
    assert api.patch(RULES, changes).status_code == 400


def test_points_are_shown_beside_membership(api: Api, alice: User, rookery: Community) -> None:
    adjust_points(community_id=rookery.pk, user_id=alice.pk, points=7, now=alice.date_joined)

    [member] = api.get("/identity/v1/communities/rookery/members").json()["results"]
    [place] = api.get("/identity/v1/me").json()["communities"]
    assert (member["reputation"], place["reputation"]) == (7, 7)
