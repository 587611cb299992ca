import pytest

from identity.data import Role
from identity.models import AuditEvent, Community, Membership, User
from tests import make
from tests.client import Api

PLACES = "/identity/v1/communities"


def unbound(owner: User) -> Api:
    return Api(make.key(owner))


def test_the_api_asks_who_is_there(rookery: Community) -> None:
    answer = Api().get(PLACES)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="waddlebot"'
    assert answer["Content-Type"] == "application/problem+json"


def test_a_key_is_taken_from_either_header_and_never_from_the_address(
    rookery: Community, alice: User
) -> None:
    full = make.key(alice)

    assert Api().get(PLACES, headers={"X-API-Key": full}).status_code == 200
    assert Api(full).get(PLACES).status_code == 200
    assert Api().get(f"{PLACES}?api_key={full}&key={full}").status_code == 401


def test_communities_are_those_one_belongs_to(rookery: Community, alice: User) -> None:
    make.community(owner=make.user())

    listed = unbound(alice).get(PLACES).json()

    assert [(each["slug"], each["role"]) for each in listed["results"]] == [("rookery", "owner")]


def test_a_bound_key_lists_its_own_community(api: Api, alice: User) -> None:
    make.community(owner=alice)

    assert [each["slug"] for each in api.get(PLACES).json()["results"]] == ["rookery"]


def test_staff_see_every_community(rookery: Community) -> None:
    listed = unbound(make.user(is_staff=True)).get(PLACES).json()

    assert [each["slug"] for each in listed["results"]] == ["rookery"]


def test_whoever_makes_a_community_owns_it(alice: User) -> None:
    made = unbound(alice).post(PLACES, {"name": "The Colony", "slug": "colony"})

    assert made.status_code == 201
    assert made.json()["role"] == "owner"
    assert (
        AuditEvent.objects.get(action="community_created").target
        == f"community:{made.json()['id']}"
    )


def test_a_slug_is_given_once(rookery: Community, alice: User) -> None:
    answer = unbound(alice).post(PLACES, {"name": "Another", "slug": "rookery"})

    assert (answer.status_code, answer.json()["code"]) == (409, "slug_taken")


def test_a_bound_key_makes_no_community(api: Api) -> None:
    assert api.post(PLACES, {"name": "Colony", "slug": "colony"}).status_code == 403


BAD_COMMUNITIES = {
    "a slug of digits": {"name": "x", "slug": "123"},
    "capitals": {"name": "x", "slug": "Rook"},
    "spaces": {"name": "x", "slug": "a b"},
    "a line break": {"name": "x", "slug": "ro\nok"},
    "a NUL": {"name": "x\x00y", "slug": "rook"},
    "a lone surrogate": {"name": "x\ud800", "slug": "rook"},
    "a long name": {"name": "x" * 101, "slug": "rook"},
    "a blank name": {"name": " ", "slug": "rook"},
    "no slug": {"name": "x"},
    "a list": [],
    "a wrong type": {"name": {"a": 1}, "slug": ["rook"]},
    "no JSON": b"{",
}


@pytest.mark.parametrize("wrong", BAD_COMMUNITIES)
def test_a_community_that_makes_no_sense_is_refused(alice: User, wrong: str) -> None:
    answer = unbound(alice).post(PLACES, BAD_COMMUNITIES[wrong])

    assert answer.status_code == 400
    assert not Community.objects.exists()


@pytest.mark.parametrize("reference", ["slug", "id"])
def test_a_community_is_read_by_slug_and_by_id(
    api: Api, rookery: Community, reference: str
) -> None:
    named = {"slug": "rookery", "id": str(rookery.pk)}[reference]

    assert api.get(f"{PLACES}/{named}").json()["name"] == "The Rookery"


@pytest.mark.parametrize("path", ["", "/members", "/members/u_x"])
def test_another_community_looks_like_one_that_does_not_exist(
    alice: User, rookery: Community, path: str
) -> None:
    mallory = unbound(make.user("mallory"))
    method = "PATCH" if "u_x" in path else "GET"

    theirs = mallory.send(method, f"{PLACES}/rookery{path}", {"role": "owner"})
    nobodys = mallory.send(method, f"{PLACES}/no-such{path}", {"role": "owner"})

    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.content == nobodys.content


@pytest.mark.parametrize("reference", ["9" * 18, "9" * 40, "٣", "-", "a" * 300, "%F0%9F%A6%86"])
def test_a_strange_name_is_not_found(api: Api, reference: str) -> None:
    assert api.get(f"{PLACES}/{reference}").status_code == 404


def test_a_community_is_changed_by_its_admins(rookery: Community) -> None:
    bob = make.member(rookery, make.user("bob"), Role.ADMIN)

    answer = unbound(bob).patch(f"{PLACES}/rookery", {"name": "Rook", "slug": "rook"})

    assert answer.json()["name"] == "Rook"
    assert unbound(bob).get(f"{PLACES}/rook").status_code == 200
    assert unbound(bob).get(f"{PLACES}/rookery").status_code == 404
    changed = AuditEvent.objects.get(action="community_changed")
    assert changed.details["before"]["slug"] == "rookery"


def test_a_community_takes_no_slug_of_another(api: Api) -> None:
    make.community(owner=make.user(), slug="taken")

    answer = api.patch(f"{PLACES}/rookery", {"slug": "taken"})

    assert (answer.status_code, answer.json()["code"]) == (409, "slug_taken")
    assert api.get(f"{PLACES}/rookery").status_code == 200


def test_a_moderator_changes_nothing(rookery: Community) -> None:
    bob = make.member(rookery, make.user("bob"), Role.MODERATOR)

    answer = unbound(bob).patch(f"{PLACES}/rookery", {"name": "Mine"})

    assert answer.status_code == 403


def test_members_are_listed_in_pages(api: Api, rookery: Community) -> None:
    make.member(rookery, make.user("bob"))

    first = api.get(f"{PLACES}/rookery/members?limit=1").json()
    second = api.get(first["next"]).json()

    names = [page["results"][0]["user"]["name"] for page in (first, second)]
    assert names == ["bob", "Alice"]


def change(asker: Api, person: User, role: str) -> int:
    answer = asker.patch(f"{PLACES}/rookery/members/{person.public_id}", {"role": role})
    return int(answer.status_code)


def test_an_owner_gives_roles(api: Api, rookery: Community) -> None:
    bob = make.member(rookery, make.user("bob"))

    assert change(api, bob, "owner") == 200
    assert Membership.objects.get(user=bob).role == Role.OWNER
    event = AuditEvent.objects.filter(action="role_changed").latest("id")
    assert event.details == {"before": "member", "after": "owner"}


def test_an_admin_neither_makes_nor_touches_owners(rookery: Community, alice: User) -> None:
    bob = make.member(rookery, make.user("bob"), Role.ADMIN)
    carol = make.member(rookery, make.user("carol"))

    assert change(unbound(bob), carol, "admin") == 200
    assert change(unbound(bob), carol, "owner") == 403
    assert change(unbound(bob), bob, "owner") == 403
    assert change(unbound(bob), alice, "member") == 403


def test_the_last_owner_stays(api: Api, alice: User) -> None:
    answer = api.patch(f"{PLACES}/rookery/members/{alice.public_id}", {"role": "admin"})

    assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")


@pytest.mark.parametrize("role", ["none", "king", "", None, 4, ["owner"]], ids=str)
def test_a_role_that_is_none_is_refused(api: Api, alice: User, role: object) -> None:
    path = f"{PLACES}/rookery/members/{alice.public_id}"

    assert api.patch(path, {"role": role}).status_code == 400


def test_somebody_who_is_no_member_has_no_role_to_change(api: Api) -> None:
    assert change(api, make.user("bob"), "member") == 404


def test_a_new_role_counts_at_once(rookery: Community, api: Api) -> None:
    bob = make.member(rookery, make.user("bob"), Role.ADMIN)
    his = unbound(bob)
    assert his.patch(f"{PLACES}/rookery", {"name": "Rook"}).status_code == 200

    change(api, bob, "member")

    assert his.patch(f"{PLACES}/rookery", {"name": "Mine"}).status_code == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE"])
def test_a_method_that_is_not_declared_answers_nobody(api: Api, method: str) -> None:
    assert api.send(method, f"{PLACES}/rookery").status_code == 405
    assert api.send(method, f"{PLACES}/rookery", key=None).status_code == 405
