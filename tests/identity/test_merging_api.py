"""Merging two accounts of one person, over REST."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from identity.models import (
    AccountMerge,
    AuditEvent,
    Erasure,
    LinkRequest,
    User,
    VerificationCode,
)
from tests import make
from tests.client import Api

MERGES = "/identity/v1/merges"
MANAGE = ["identity:manage", "identity:read"]


@pytest.fixture
def bob(db: None) -> User:
    return make.user("bob", display_name="Bob")


@pytest.fixture
def as_bob(bob: User) -> Api:
    return signed_in(bob)


@pytest.fixture
def as_alice(alice: User) -> Api:
    return Api(make.key(alice, scopes=MANAGE))


def signed_in(user: User) -> Api:
    api = Api()
    api.client.force_login(user)
    return api


def code_of(api: Api) -> str:
    answer = api.post(f"{MERGES}/codes")
    assert answer.status_code == 201
    return str(answer.json()["code"])


def preview(as_alice: Api, as_bob: Api) -> dict[str, Any]:
    answer = as_alice.post(MERGES, {"code": code_of(as_bob)})
    assert answer.status_code == 201
    return dict(answer.json())


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_code_says_what_it_does_and_is_kept_as_a_hash(as_bob: Api) -> None:
    answer = as_bob.post(f"{MERGES}/codes").json()

    assert len(answer["code"]) == 6
    assert "takes this account over" in answer["instructions"]
    row = VerificationCode.objects.get(purpose="merge")
    assert answer["code"].encode() not in bytes(row.code_hash)
    assert row.expires_at - row.created_at == timedelta(minutes=10)


def test_no_key_gives_an_account_away(as_alice: Api) -> None:
    assert refused(as_alice.post(f"{MERGES}/codes")) == (403, "session_required")


def test_a_bound_key_merges_nothing(api: Api, as_bob: Api) -> None:
    code = code_of(as_bob)

    assert refused(api.post(MERGES, {"code": code})) == (403, "key_is_bound")
    assert refused(api.get(MERGES)) == (403, "key_is_bound")


def test_a_preview_shows_what_moves_and_moves_nothing(
    as_alice: Api, as_bob: Api, alice: User, bob: User
) -> None:
    make.community(owner=bob)
    seen = preview(as_alice, as_bob)

    assert (seen["state"], seen["is_staged"]) == ("preview", False)
    assert seen["survivor"] == {"id": alice.public_id, "name": "Alice"}
    assert seen["absorbed"] == {"id": bob.public_id, "name": "Bob"}
    assert seen["moves"] == [{"table": "memberships", "rows": 1, "joined": 0}]
    assert [loss["what"] for loss in seen["loses"]] == ["sign_in", "sessions", "requests"]
    assert as_bob.get("/identity/v1/me").json()["id"] == bob.public_id


def test_confirmed_two_accounts_are_one(
    as_alice: Api, as_bob: Api, alice: User, bob: User
) -> None:
    place = make.community(owner=bob)
    keys_of_bob = Api(make.key(bob, scopes=MANAGE))
    seen = preview(as_alice, as_bob)

    answer = as_alice.post(f"{MERGES}/{seen['id']}/confirm")

    assert (answer.status_code, answer.json()["state"]) == (200, "done")
    assert as_bob.get("/identity/v1/me").status_code == 401
    assert keys_of_bob.get("/identity/v1/me").json()["id"] == alice.public_id
    assert as_alice.get(f"/identity/v1/users/{bob.public_id}").json()["id"] == alice.public_id
    mine = as_alice.get("/identity/v1/communities").json()["results"]
    assert [each["slug"] for each in mine] == [place.slug]


def test_undone_both_answer_as_themselves(as_alice: Api, as_bob: Api, bob: User) -> None:
    make.community(owner=bob)
    seen = preview(as_alice, as_bob)
    as_alice.post(f"{MERGES}/{seen['id']}/confirm")

    answer = as_alice.post(f"{MERGES}/{seen['id']}/undo")

    assert (answer.status_code, answer.json()["state"]) == (200, "undone")
    again = signed_in(User.objects.get(pk=bob.pk))
    assert again.get("/identity/v1/me").json()["id"] == bob.public_id
    assert len(again.get("/identity/v1/communities").json()["results"]) == 1
    assert as_alice.get("/identity/v1/communities").json()["results"] == []
    assert refused(as_alice.post(f"{MERGES}/{seen['id']}/undo")) == (409, "merge_not_open")


def test_wrong_used_expired_and_replaced_codes_answer_alike(as_alice: Api, as_bob: Api) -> None:
    replaced = code_of(as_bob)
    used = code_of(as_bob)
    assert as_alice.post(MERGES, {"code": used}).status_code == 201
    expired = code_of(as_bob)
    VerificationCode.objects.update(expires_at=timezone.now())

    answers = [
        as_alice.post(MERGES, {"code": code}).json()
        for code in (replaced, used, expired, "AAAAAA", "ÄÖ☃")
    ]

    assert {(answer["code"], answer["detail"]) for answer in answers} == {
        ("code_invalid", "This code is not valid. Make a new one in the other account.")
    }


def test_a_code_may_be_typed_in_small_letters_with_spaces_around_it(
    as_alice: Api, as_bob: Api
) -> None:
    assert as_alice.post(MERGES, {"code": f" {code_of(as_bob).lower()} "}).status_code == 201


def test_five_wrong_codes_an_hour_and_not_one_more(as_alice: Api, as_bob: Api) -> None:
    right = code_of(as_bob)
    for _ in range(5):
        assert refused(as_alice.post(MERGES, {"code": "AAAAAA"})) == (400, "code_invalid")

    answer = as_alice.post(MERGES, {"code": right})

    assert refused(answer) == (429, "too_many_attempts")
    assert 3500 < int(answer["Retry-After"]) <= 3601


def test_five_codes_an_hour_and_not_one_more(as_bob: Api) -> None:
    for _ in range(5):
        code_of(as_bob)

    assert refused(as_bob.post(f"{MERGES}/codes")) == (429, "too_many_codes")


def test_nobody_absorbs_themselves(alice: User) -> None:
    session = signed_in(alice)

    assert refused(session.post(MERGES, {"code": code_of(session)})) == (409, "own_code")


def test_a_new_code_ends_what_the_last_one_led_to(as_alice: Api, as_bob: Api) -> None:
    seen = preview(as_alice, as_bob)
    code_of(as_bob)

    assert as_alice.get(f"{MERGES}/{seen['id']}").json()["state"] == "cancelled"
    assert refused(as_alice.post(f"{MERGES}/{seen['id']}/confirm")) == (409, "merge_not_open")


def test_a_preview_ends_by_itself_or_when_it_is_dropped(as_alice: Api, as_bob: Api) -> None:
    seen = preview(as_alice, as_bob)
    AccountMerge.objects.update(expires_at=timezone.now())
    assert as_alice.get(f"{MERGES}/{seen['id']}").json()["state"] == "expired"
    assert refused(as_alice.post(f"{MERGES}/{seen['id']}/confirm")) == (409, "merge_not_open")

    assert as_alice.delete(f"{MERGES}/{seen['id']}").status_code == 204
    assert refused(as_alice.delete(f"{MERGES}/{seen['id']}")) == (409, "merge_not_open")


def test_only_the_survivor_and_staff_see_a_merge(as_alice: Api, as_bob: Api) -> None:
    seen = preview(as_alice, as_bob)
    root = signed_in(make.user("root", is_staff=True))

    assert as_alice.get(MERGES).json()["results"][0]["id"] == seen["id"]
    assert root.get(MERGES).json()["results"][0]["id"] == seen["id"]
    assert as_bob.get(MERGES).json()["results"] == []
    for path in ("", "/confirm", "/undo"):
        method = "POST" if path else "GET"
        assert as_bob.send(method, f"{MERGES}/{seen['id']}{path}").status_code == 404
    assert root.post(f"{MERGES}/{seen['id']}/confirm").status_code == 404


def test_both_sides_hear_of_a_merge_and_of_its_end(
    as_alice: Api, as_bob: Api, alice: User, bob: User
) -> None:
    for person in (alice, bob):
        User.objects.filter(pk=person.pk).update(email=f"{person.username}@example.org")
    merge = preview(as_alice, as_bob)
    assert not mail.outbox

    for step in ("confirm", "undo"):
        as_alice.post(f"{MERGES}/{merge['id']}/{step}")

        told = {letter.to[0]: str(letter.body) for letter in mail.outbox}
        assert sorted(told) == ["alice@example.org", "bob@example.org"]
        assert all("Bob (bob)" in text and "Alice (alice)" in text for text in told.values())
        mail.outbox.clear()


def test_staff_may_undo_a_merge(as_alice: Api, as_bob: Api) -> None:
    seen = preview(as_alice, as_bob)
    as_alice.post(f"{MERGES}/{seen['id']}/confirm")

    answer = signed_in(make.user("root", is_staff=True)).post(f"{MERGES}/{seen['id']}/undo")

    assert answer.json()["state"] == "undone"


def test_a_merge_is_not_undone_after_30_days(as_alice: Api, as_bob: Api) -> None:
    seen = preview(as_alice, as_bob)
    as_alice.post(f"{MERGES}/{seen['id']}/confirm")
    AccountMerge.objects.update(expires_at=timezone.now())

    assert refused(as_alice.post(f"{MERGES}/{seen['id']}/undo")) == (410, "undo_over")


def be_staff(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=True)


def be_superuser(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_superuser=True)


def be_erased_soon(user: User) -> None:
    Erasure.objects.create(user=user, due_at=timezone.now())


def be_inactive(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


@pytest.mark.parametrize("become", [be_staff, be_superuser, be_erased_soon, be_inactive])
@pytest.mark.parametrize("which", ["alice", "bob"])
def test_who_became_what_is_not_merged_is_refused_at_the_last_moment(
    as_alice: Api, as_bob: Api, become: Callable[[User], None], which: str
) -> None:
    seen = preview(as_alice, as_bob)
    become(User.objects.get(username=which))

    answer = as_alice.post(f"{MERGES}/{seen['id']}/confirm")

    assert answer.status_code in {401, 409}
    assert not User.objects.exclude(merged_into=None).exists()


def test_two_of_the_staff_may_be_one(alice: User, bob: User) -> None:
    for user in (alice, bob):
        be_staff(user)
    session = signed_in(User.objects.get(pk=alice.pk))
    seen = preview(session, signed_in(User.objects.get(pk=bob.pk)))

    assert session.post(f"{MERGES}/{seen['id']}/confirm").json()["state"] == "done"


def test_a_merge_makes_nobody_staff(as_alice: Api, alice: User, bob: User) -> None:
    be_staff(bob)

    answer = as_alice.post(MERGES, {"code": code_of(signed_in(User.objects.get(pk=bob.pk)))})

    assert refused(answer) == (409, "not_mergeable")


def test_what_was_being_linked_to_the_absorbed_ends(as_alice: Api, as_bob: Api, bob: User) -> None:
    asked = LinkRequest.objects.create(
        user=bob, platform="twitch", method="chat", expires_at=timezone.now()
    )
    seen = preview(as_alice, as_bob)

    as_alice.post(f"{MERGES}/{seen['id']}/confirm")

    asked.refresh_from_db()
    assert asked.state == "cancelled"


def test_every_step_is_on_the_record(as_alice: Api, as_bob: Api, alice: User, bob: User) -> None:
    seen = preview(as_alice, as_bob)
    as_alice.post(f"{MERGES}/{seen['id']}/confirm")
    as_alice.post(f"{MERGES}/{seen['id']}/undo")

    one, two = [f"user:{alice.pk}"], [f"user:{alice.pk}", f"user:{bob.pk}"]
    events = AuditEvent.objects.filter(action__contains="merge").order_by("id")
    steps = {
        each.action: (each.details["before"]["people"], each.details["after"]["people"])
        for each in events
        if "before" in each.details
    }
    assert steps == {
        "merge_previewed": (two, two),
        "merged": (two, one),
        "merge_undone": (one, two),
    }
    assert "Bob" not in str(list(events.values()))


@pytest.mark.parametrize("wrong", [{}, {"code": ""}, {"code": None}, {"code": "x" * 65}, [], 5])
def test_what_is_no_code_is_refused(as_alice: Api, wrong: Any) -> None:
    assert as_alice.post(MERGES, wrong).status_code == 400


@pytest.mark.parametrize("merge", ["1", "no-id", "01999999-9999-7999-9999-999999999999"])
def test_a_merge_nobody_made_is_not_found(as_alice: Api, merge: str) -> None:
    assert as_alice.get(f"{MERGES}/{merge}").status_code == 404
    assert as_alice.post(f"{MERGES}/{merge}/undo").status_code == 404
