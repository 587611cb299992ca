"""The limits all commands of a community share."""

from typing import Any

import pytest

from core_router.models import RateLimit
from identity.models import Community
from tests import make
from tests.client import Api
from tests.core_router.conftest import Door

pytestmark = pytest.mark.django_db

LIMITS = "/router/v1/communities/rookery/limits"


def limit(**rest: Any) -> dict[str, Any]:
    return {"scope": "user", "count": 2, "window_s": 60, **rest}


def test_a_person_may_use_so_many_commands_and_no_more(
    door: Door, rookery: Community, api: Api
) -> None:
    make.command(rookery, "hug")
    make.command(rookery, "wave")
    api.post(LIMITS, limit())

    outcomes = [door.say(text)["outcome"] for text in ("!hug", "!wave", "!hug")]
    somebody_else = door.say("!hug", user_id="43")

    assert outcomes == ["executed", "executed", "limited"]
    assert somebody_else["outcome"] == "executed"


def test_a_communitys_limit_counts_everybody(door: Door, rookery: Community, api: Api) -> None:
    make.command(rookery, "hug")
    api.post(LIMITS, limit(scope="community"))

    answers = [door.say("!hug", user_id=str(number)) for number in range(3)]

    assert [answer["outcome"] for answer in answers] == ["executed", "executed", "limited"]
    assert answers[2]["reason"]["code"] == "rate_limit"


def test_whoever_is_exempt_is_not_limited(door: Door, rookery: Community, api: Api) -> None:
    make.command(rookery, "hug")
    api.post(LIMITS, limit(count=1, exempt={"min_role": "moderator"}))

    outcomes = [door.say("!hug", user_roles=["moderator"])["outcome"] for _ in range(3)]

    assert outcomes == ["executed"] * 3


def test_a_limit_is_read_changed_and_removed(api: Api) -> None:
    made = api.post(LIMITS, limit()).json()
    place = f"{LIMITS}/{made['id']}"

    changed = api.patch(place, {"count": 9})
    removed = api.delete(place)

    assert changed.json() == {**made, "count": 9}
    assert removed.status_code == 204
    assert api.get(LIMITS).json()["results"] == []


def test_there_is_one_limit_a_scope(api: Api) -> None:
    api.post(LIMITS, limit())

    again = api.post(LIMITS, limit())

    assert (again.status_code, again.json()["code"]) == (409, "limit_exists")


@pytest.mark.parametrize(
    "wrong", [{"scope": "planet"}, {"count": 0}, {"window_s": "60"}, {"colour": "red"}]
)
def test_a_wrong_limit_is_refused(api: Api, wrong: dict[str, Any]) -> None:
    answer = api.post(LIMITS, limit(**wrong))

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"#/{next(iter(wrong))}"
    assert not RateLimit.objects.exists()


def test_what_a_limit_counts_stays(api: Api) -> None:
    made = api.post(LIMITS, limit()).json()

    answer = api.patch(f"{LIMITS}/{made['id']}", {"scope": "community"})

    assert answer.status_code == 400
    assert RateLimit.objects.get().scope == "user"


def test_nobody_changes_another_communitys_limit(api: Api) -> None:
    made = api.post(LIMITS, limit()).json()
    eve = make.user()
    other = make.community(owner=eve, slug="elsewhere")

    answer = api.patch(
        f"/router/v1/communities/elsewhere/limits/{made['id']}",
        {"count": 9},
        key=make.key(eve, place=other),
    )

    assert answer.status_code == 404
