"""Leaving: some days to change one's mind, then nothing names them any more."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.signing import Signer
from django.test import Client
from django.utils import timezone

from identity import api as identity
from identity import tasks
from identity.data import Role
from identity.models import (
    ApiKey,
    AuditEvent,
    Community,
    Erasure,
    IdentityLink,
    LinkRequest,
    Membership,
    User,
)
from identity.operations.erasing import erase_due, tables
from identity.registry import PersonalTrace, personal_tables
from tests import make
from tests.client import Api

ME = "/identity/v1/me"
ERASURE = "/identity/v1/me/erasure"
CANCEL = "/identity/v1/me/erasure/cancel"


@pytest.fixture
def bob(rookery: Community) -> User:
    return make.member(rookery, make.user("bob", display_name="Bob", email="bob@example.org"))


@pytest.fixture
def own(bob: User) -> Api:
    """Return a client with a key of bob's that is bound to nothing."""
    return Api(make.key(bob, scopes=["identity:manage", "identity:read"]))


def later(days: int) -> datetime:
    return timezone.now() + timedelta(days=days)


def fetch(address: str) -> Any:
    return Api().get(address.removeprefix("http://127.0.0.1:8000"))


def test_it_is_scheduled_and_everything_works_on(own: Api, bob: User) -> None:
    asked = own.delete(ME)
    tasks.erase_due()

    assert (asked.status_code, asked.json()["state"]) == (202, "scheduled")
    due_in = Erasure.objects.get().due_at - timezone.now()
    assert timedelta(days=6, hours=23) < due_in <= timedelta(days=7)
    assert own.get(ME).json()["name"] == "Bob"
    assert own.get(ERASURE).json() == asked.json()
    assert own.delete(ME).json()["id"] == asked.json()["id"]


def test_one_may_change_ones_mind(own: Api, bob: User) -> None:
    own.delete(ME)

    kept = own.post(CANCEL)
    erase_due(now=later(8))

    assert (kept.status_code, kept.json()["state"]) == (200, "cancelled")
    assert own.get(ME).json()["name"] == "Bob"
    assert own.post(CANCEL).status_code == 404
    assert own.delete(ME).json()["id"] != kept.json()["id"]


def test_nothing_was_asked_for(own: Api) -> None:
    assert own.get(ERASURE).status_code == 404
    assert own.post(CANCEL).status_code == 404


def test_after_the_days_only_a_number_is_left(own: Api, bob: User, rookery: Community) -> None:
    public_id = bob.public_id
    own.delete(ME)

    erase_due(now=later(8))

    bob.refresh_from_db()
    assert bob.username.startswith("erased-")
    assert (bob.email, bob.display_name, bob.is_active) == ("", "", False)
    assert bob.public_id != public_id
    assert not Membership.objects.filter(user=bob).exists()
    assert not ApiKey.objects.filter(user=bob).exists()


def test_keys_and_cookies_are_dead_at_once(own: Api, bob: User) -> None:
    browser = Client()
    browser.force_login(bob)
    assert browser.get(ME).status_code == 200
    own.delete(ME)

    erase_due(now=later(8))

    assert own.get(ME).status_code == 401
    assert browser.get(ME).status_code == 401


def test_the_sessions_of_others_live_on(own: Api, alice: User) -> None:
    browser = Client()
    browser.force_login(alice)
    own.delete(ME)

    erase_due(now=later(8))

    assert browser.get(ME).status_code == 200


def test_a_later_line_of_chat_comes_from_somebody_new(own: Api, bob: User) -> None:
    IdentityLink.objects.create(
        user=bob, platform="twitch", platform_user_id="42", platform_username="bob"
    )
    who: dict[str, Any] = {"platform": "twitch", "platform_user_id": "42", "user_name": "bob"}
    assert identity.resolve(**who).id == bob.pk  # type: ignore[union-attr]
    own.delete(ME)

    erase_due(now=later(8))

    newcomer = identity.resolve(**who)
    assert newcomer is not None
    assert (newcomer.id != bob.pk, newcomer.is_staged) == (True, True)


def test_accounts_merged_into_theirs_are_erased_with_them(own: Api, bob: User) -> None:
    old = make.user("bob-of-old", email="old@example.org")
    User.objects.filter(pk=old.pk).update(merged_into=bob)
    own.delete(ME)

    erase_due(now=later(8))

    old.refresh_from_db()
    assert (old.email, old.is_active, old.erased_at is None) == ("", False, False)


def test_the_last_owner_of_others_is_needed(alice: User, bob: User) -> None:
    owner = Api(make.key(alice, scopes=["identity:manage"]))

    refused = owner.delete(ME)

    assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")
    assert "rookery" in refused.json()["detail"]


def test_with_another_owner_one_may_go(alice: User, bob: User, rookery: Community) -> None:
    make.member(rookery, bob, Role.OWNER)

    assert Api(make.key(alice, scopes=["identity:manage"])).delete(ME).status_code == 202


def test_a_community_of_ones_own_goes_too(alice: User, rookery: Community) -> None:
    make.entity(rookery)
    asked = Api(make.key(alice, scopes=["identity:manage"])).delete(ME)

    erase_due(now=later(8))

    assert asked.json()["closes"] == ["rookery"]
    assert not Community.objects.exists()
    assert identity.tenant("rookery") is None


def test_who_becomes_needed_meanwhile_stays_until_they_are_not(
    own: Api, bob: User, alice: User, rookery: Community
) -> None:
    own.delete(ME)
    make.member(rookery, bob, Role.OWNER)
    make.member(rookery, alice, Role.MEMBER)

    erase_due(now=later(8))
    erase_due(now=later(10))
    assert own.get(ERASURE).json()["state"] == "scheduled"
    assert [letter.subject for letter in mail.outbox[1:]] == ["Your account is still needed"]

    make.member(rookery, alice, Role.OWNER)
    erase_due(now=later(12))
    assert Erasure.objects.get().state == "done"


def test_staff_stay(db: None) -> None:
    staff = Api(make.key(make.user("staff", is_staff=True), scopes=["identity:manage"]))

    refused = staff.delete(ME)

    assert (refused.status_code, refused.json()["code"]) == (409, "staff_account")


def test_a_key_of_one_community_erases_nobody(api: Api) -> None:
    for answer in (api.delete(ME), api.get(ERASURE), api.post(CANCEL)):
        assert (answer.status_code, answer.json()["code"]) == (403, "key_is_bound")


def test_the_receipt_lists_every_table_and_no_name(own: Api) -> None:
    address = own.delete(ME).json()["receipt_url"]
    assert fetch(address).json()["receipt"] == []

    erase_due(now=later(8))

    receipt = fetch(address).json()
    lines = {line["what"]: (line["rows"], line["action"]) for line in receipt["receipt"]}
    assert receipt["state"] == "done"
    assert {each.name for each in personal_tables()} <= set(lines)
    assert lines["memberships"] == (1, "deleted")
    assert lines["auth_user"] == (1, "pseudonymised")
    assert "bob" not in str(receipt).lower()


def test_bad_receipt_links_look_alike(own: Api) -> None:
    own.delete(ME)
    erasure = Erasure.objects.get()
    forged = [Signer(salt="another", sep=".").sign(erasure.pk.hex), erasure.pk.hex, "x" * 3000]

    assert {fetch(f"/identity/v1/erasures/{token}").status_code for token in forged} == {404}


def test_the_person_is_told_each_time(own: Api) -> None:
    own.delete(ME)
    own.post(CANCEL)
    own.delete(ME)
    erase_due(now=later(8))

    assert [letter.subject for letter in mail.outbox] == [
        "Your account will be erased",
        "Your account stays",
        "Your account will be erased",
        "Your account is erased",
    ]
    assert {letter.to[0] for letter in mail.outbox} == {"bob@example.org"}
    assert "memberships: 1 deleted" in mail.outbox[-1].body


def test_the_log_tells_of_it_by_number(own: Api, bob: User) -> None:
    own.delete(ME)
    own.post(CANCEL)
    own.delete(ME)
    erase_due(now=later(8))

    events = AuditEvent.objects.filter(target=f"user:{bob.pk}").order_by("id")
    told = [event.action for event in events if event.action.startswith("eras")]
    assert told == ["erasure_requested", "erasure_cancelled", "erasure_requested", "erased"]


def test_one_that_fails_changes_nothing_and_is_tried_again(
    own: Api, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> int:
        raise ValueError("no")

    trace = PersonalTrace("test", "broken", export=None, erase=broken)
    own.delete(ME)
    with monkeypatch.context() as patched:
        patched.setattr(tables, "personal_traces", lambda: (trace,))
        erase_due(now=later(8))
    assert own.get(ME).json()["name"] == "Bob"

    erase_due(now=later(9))
    assert Erasure.objects.get().state == "done"


def test_what_others_asked_to_link_names_them_no_more(own: Api, bob: User, alice: User) -> None:
    IdentityLink.objects.create(
        user=bob, platform="twitch", platform_user_id="42", platform_username="bobby"
    )
    asked = {"platform": "twitch", "method": "dm", "expires_at": timezone.now()}
    LinkRequest.objects.create(
        user=alice, platform_username="bobby", platform_user_id="42", display_name="B", **asked
    )
    own.delete(ME)

    erase_due(now=later(8))

    request = LinkRequest.objects.get()
    assert (request.platform_username, request.platform_user_id, request.display_name) == (
        "", "", "",
    )  # fmt: skip
    assert request.state == "cancelled"
