from typing import Any

import pytest

from identity import api as identity
from identity.data import Role
from identity.models import Community, User
from tests import make
from tests.client import Api

ME = "/identity/v1/me"


@pytest.fixture
def bob(rookery: Community) -> User:
    """Return a member of the rookery, seen on Twitch."""
    person = identity.resolve(platform="twitch", platform_user_id="42", user_name="bob")
    assert person is not None
    user = User.objects.get(pk=person.id)
    user.email = "bob@example.org"
    user.save()
    return make.member(rookery, user)


def test_me_is_whoever_asks(api: Api, alice: User) -> None:
    me = api.get(ME).json()

    assert (me["id"], me["username"], me["is_staff"]) == (alice.public_id, "alice", False)
    assert [(place["slug"], place["role"]) for place in me["communities"]] == [
        ("rookery", "owner")
    ]
    assert me["credential"]["kind"] == "key"


def test_a_bound_key_does_not_tell_of_its_owners_other_communities(api: Api, alice: User) -> None:
    make.community(owner=alice, slug="secret-place")

    assert "secret-place" not in api.get(ME).content.decode()


def test_a_member_is_known_to_the_others(api: Api, bob: User) -> None:
    by_id = api.get(f"/identity/v1/users/{bob.public_id}").json()
    by_account = api.get("/identity/v1/platforms/twitch/42").json()

    assert by_id == by_account
    assert (by_id["name"], by_id["is_staged"]) == ("bob", True)
    assert by_id["accounts"][0]["is_verified"] is False


def test_a_community_is_not_told_where_else_somebody_is(
    api: Api, alice: User, rookery: Community
) -> None:
    carol = make.member(rookery, make.user("carol"))
    make.link(carol, "twitch", "7")
    make.link(carol, "discord", "8")
    curious = make.key(alice, scopes=["identity:read"], place=rookery)

    def platforms(path: str, **rest: Any) -> list[str]:
        accounts = api.get(f"/identity/v1/{path}", **rest).json()["accounts"]
        return [each["platform"] for each in accounts]

    assert platforms("platforms/twitch/7", key=curious) == ["twitch"]
    assert platforms(f"users/{carol.public_id}", key=curious) == []
    assert platforms(f"users/{carol.public_id}") == ["twitch", "discord"]
    assert platforms("me", key=make.key(carol)) == ["twitch", "discord"]


def test_somebody_seen_in_chat_here_is_known_but_no_member(api: Api, rookery: Community) -> None:
    for _ in range(2):
        identity.resolve(
            platform="discord", platform_user_id="7", user_name="eve", seen_in=rookery.pk
        )

    assert api.get("/identity/v1/platforms/discord/7").json()["name"] == "eve"
    members = api.get("/identity/v1/communities/rookery/members").json()["results"]
    assert [each["user"]["name"] for each in members] == ["Alice"]


def test_somebody_only_seen_somewhere_may_do_nothing_there(rookery: Community) -> None:
    person = identity.resolve(
        platform="discord", platform_user_id="7", user_name="eve", seen_in=rookery.pk
    )
    assert person is not None
    eve = Api(make.key(User.objects.get(pk=person.id)))

    assert eve.get("/identity/v1/communities/rookery").status_code == 404
    assert eve.get("/identity/v1/communities").json()["results"] == []
    assert eve.get(ME).json()["communities"] == []


def test_an_email_is_told_to_its_owner_and_to_admins(api: Api, bob: User) -> None:
    path = f"/identity/v1/users/{bob.public_id}"
    staff = Api(make.key(make.user(is_staff=True), scopes=["identity:read", "admin"]))

    assert "email" not in api.get(path).json()
    assert Api(make.key(bob)).get(ME).json()["email"] == "bob@example.org"
    assert staff.get(path).json()["email"] == "bob@example.org"


@pytest.mark.parametrize("path", ["users/{}", "platforms/twitch/42"])
def test_somebody_who_shares_no_community_looks_like_nobody(bob: User, path: str) -> None:
    mallory = Api(make.key(make.user("mallory")))

    theirs = mallory.get(f"/identity/v1/{path}".format(bob.public_id))

    assert theirs.status_code == 404
    assert theirs.content == mallory.get("/identity/v1/users/u_nobody").content


def test_a_key_bound_elsewhere_does_not_know_the_members_here(bob: User, alice: User) -> None:
    elsewhere = Api(make.key(alice, place=make.community(owner=alice)))

    assert elsewhere.get(f"/identity/v1/users/{bob.public_id}").status_code == 404


def test_staff_know_everybody_but_through_a_bound_key(bob: User, alice: User) -> None:
    staff = make.user(is_staff=True)
    elsewhere = make.community(owner=alice)
    path = f"/identity/v1/users/{bob.public_id}"

    assert Api(make.key(staff)).get(path).status_code == 200
    assert Api(make.key(staff, place=elsewhere)).get(path).status_code == 404


def test_the_log_is_for_admins_of_the_community(rookery: Community, alice: User) -> None:
    path = "/identity/v1/audit?community=rookery"
    moderator = make.member(rookery, make.user(), Role.MODERATOR)

    listed = Api(make.key(alice)).get(path).json()["results"]

    assert {event["community_id"] for event in listed} == {rookery.pk}
    assert listed[-1]["at"].endswith("Z")
    assert Api(make.key(moderator)).get(path).status_code == 403
    assert Api(make.key(make.user())).get(path).status_code == 404
    assert Api(make.key(alice)).get("/identity/v1/audit?community=no").status_code == 404


def test_the_whole_log_is_for_staff(rookery: Community, alice: User) -> None:
    staff = make.user(is_staff=True)
    full = make.key(staff, scopes=["community:manage", "admin"])

    assert Api(make.key(alice)).get("/identity/v1/audit").status_code == 403
    assert Api(full).get("/identity/v1/audit").status_code == 200


def test_a_bound_key_reads_the_log_of_its_community(api: Api, alice: User) -> None:
    make.community(owner=alice)

    listed = api.get("/identity/v1/audit").json()["results"]

    assert len({event["community_id"] for event in listed}) == 1
