"""Linking over the API: a code shown here and typed there."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from identity import api as identity
from identity.models import AuditEvent, CodeAttempt, IdentityLink, LinkRequest, User
from identity.operations.link_codes import ALPHABET, subject_hash
from tests import make
from tests.client import Api

LINKS = "/identity/v1/links"
TYPED = "/identity/v1/verify"


@pytest.fixture
def own(alice: User) -> Api:
    return Api(make.key(alice, scopes=["identity:read", "identity:manage"]))


@pytest.fixture
def collector(db: None) -> Api:
    staff = make.user("staff", is_staff=True)
    return Api(make.key(staff, scopes=["identity:verify"]))


def ask(own: Api, **more: Any) -> dict[str, Any]:
    answer = own.post(LINKS, {"platform": "discord"} | more)
    assert answer.status_code == 201, answer.content
    body: dict[str, Any] = answer.json()
    return body


def typed(code: str = "", **more: Any) -> dict[str, Any]:
    account = {"platform": "discord", "platform_user_id": "77", "platform_username": "bob"}
    return account | ({"code": code} if code else {}) | more


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def a_minute_passes() -> None:
    LinkRequest.objects.update(
        expires_at=timezone.now() + timedelta(minutes=9) - timedelta(seconds=1)
    )


def test_the_code_is_shown_to_type_it_from_the_other_account(own: Api) -> None:
    asked = ask(own)

    assert (asked["state"], asked["method"]) == ("pending", "chat")
    assert len(asked["code"]) == 6
    assert set(asked["code"]) <= set(ALPHABET)
    assert f"!verify {asked['code']}" in asked["instructions"]
    assert asked["code"].encode() not in own.get(f"{LINKS}/{asked['link_id']}").content


def test_nothing_is_linked_before_the_account_confirms(own: Api, collector: Api) -> None:
    asked = ask(own)

    answer = collector.post(TYPED, typed(asked["code"]))

    assert (answer.status_code, answer.json()["state"]) == (200, "confirming")
    assert answer.json()["account"] == "Alice (alice)"
    assert "!confirm" in answer.json()["reply"]
    assert not IdentityLink.objects.filter(platform="discord").exists()


def test_the_account_that_typed_the_code_is_linked_when_it_confirms(
    own: Api, collector: Api, alice: User
) -> None:
    asked = ask(own)
    collector.post(TYPED, typed(asked["code"], display_name="Bob"))

    answer = collector.post(TYPED, typed(confirm=True, display_name="Bob"))

    assert (answer.status_code, answer.json()["state"]) == (200, "verified")
    link = IdentityLink.objects.get(platform="discord", platform_user_id="77")
    assert (link.user_id, link.method, link.display_name) == (alice.pk, "chat", "Bob")
    shown = own.get(f"{LINKS}/{asked['link_id']}").json()
    assert (shown["state"], shown["platform_username"]) == ("verified", "bob")


def test_somebody_elses_confirm_confirms_nothing(own: Api, collector: Api) -> None:
    collector.post(TYPED, typed(ask(own)["code"]))

    answer = collector.post(TYPED, typed(confirm=True, platform_user_id="78"))

    assert code_of(answer) == (400, "code_invalid")
    assert not IdentityLink.objects.exists()


def test_a_staged_account_joins_whoever_asked(own: Api, collector: Api, alice: User) -> None:
    identity.resolve(platform="discord", platform_user_id="77", user_name="bob")
    collector.post(TYPED, typed(ask(own)["code"]))

    collector.post(TYPED, typed(confirm=True))

    person = identity.resolve(platform="discord", platform_user_id="77", user_name="bob")
    assert person is not None
    assert person.id == alice.pk


def test_an_account_of_another_real_person_is_not_taken(own: Api, collector: Api) -> None:
    make.link(make.user("bob"), "discord", "77")

    answer = collector.post(TYPED, typed(ask(own)["code"]))

    assert code_of(answer) == (409, "account_already_linked")
    assert "merge" in answer.json()["detail"]
    assert IdentityLink.objects.get().user.username == "bob"


def test_an_account_that_is_linked_already_is_told_so(
    own: Api, collector: Api, alice: User
) -> None:
    make.link(alice, "discord", "77")

    answer = collector.post(TYPED, typed(ask(own)["code"]))

    assert answer.json()["state"] == "verified"
    assert "already" in answer.json()["reply"]
    assert len(own.get(LINKS).json()["results"]) == 1


def test_a_code_meant_for_a_name_is_good_from_nobody_else(own: Api, collector: Api) -> None:
    code = ask(own, platform_username="@Bob")["code"]

    stolen = collector.post(TYPED, typed(code, platform_user_id="78", platform_username="eve"))
    answer = collector.post(TYPED, typed(code))

    assert code_of(stolen) == (400, "code_invalid")
    assert answer.json()["state"] == "confirming"


BAD_CODES = ["wrong", "used", "expired", "burned", "cancelled", "replaced", "other platform"]


@pytest.mark.parametrize("kind", BAD_CODES)
def test_bad_codes_are_answered_alike(own: Api, collector: Api, kind: str) -> None:
    asked = ask(own, platform="slack" if kind == "other platform" else "discord")
    code = asked["code"]
    match kind:
        case "used":
            collector.post(TYPED, typed(code, platform_user_id="1"))
        case "expired":
            LinkRequest.objects.update(expires_at=timezone.now())
        case "burned":
            for _ in range(5):
                own.post(f"{LINKS}/{asked['link_id']}/verify", {"code": "ABCDEF"})
        case "cancelled":
            own.delete(f"{LINKS}/{asked['link_id']}")
        case "replaced":
            ask(own)

    answer = collector.post(TYPED, typed("ABCDEF" if kind == "wrong" else code))

    assert answer.status_code == 400
    assert answer.json()["detail"] == "This code is not good."


def test_after_five_wrong_codes_the_right_one_is_refused_too(own: Api, collector: Api) -> None:
    code = ask(own)["code"]
    refused = [collector.post(TYPED, typed("ABCDEF")) for _ in range(5)]

    answer = collector.post(TYPED, typed(code))

    assert answer.content == refused[0].content
    assert code_of(answer) == (400, "code_invalid")


def test_ten_minutes_later_they_may_try_again(own: Api, collector: Api) -> None:
    code = ask(own)["code"]
    for _ in range(5):
        collector.post(TYPED, typed("ABCDEF"))
    CodeAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=10))

    assert collector.post(TYPED, typed(code)).status_code == 200


def test_five_wrong_codes_from_the_account_it_is_meant_for_burn_it(
    own: Api, collector: Api
) -> None:
    asked = ask(own, platform_username="bob")
    for number in range(5):
        collector.post(TYPED, typed("ABCDEF", platform_user_id=str(number)))

    answer = collector.post(TYPED, typed(asked["code"]))

    assert code_of(answer) == (400, "code_invalid")
    assert own.get(f"{LINKS}/{asked['link_id']}").json()["state"] == "burned"


def test_typing_back_a_code_one_was_shown_proves_nothing(own: Api) -> None:
    asked = ask(own)
    path = f"{LINKS}/{asked['link_id']}/verify"

    answers = [own.post(path, {"code": asked["code"]}) for _ in range(6)]

    assert [code_of(each) for each in answers[:5]] == [(400, "code_invalid")] * 5
    assert "!verify" in answers[0].json()["detail"]
    assert code_of(answers[5]) == (429, "too_many_attempts")
    assert "Retry-After" in answers[5]
    assert not IdentityLink.objects.exists()


def test_an_expired_request_says_so_whatever_is_typed(own: Api) -> None:
    asked = ask(own)
    LinkRequest.objects.update(expires_at=timezone.now())

    for code in (asked["code"], "ABCDEF"):
        answer = own.post(f"{LINKS}/{asked['link_id']}/verify", {"code": code})
        assert code_of(answer) == (410, "code_expired")


def test_a_sixth_code_within_an_hour_is_refused(own: Api) -> None:
    for _ in range(5):
        ask(own)

    answer = own.post(LINKS, {"platform": "slack"})

    assert code_of(answer) == (429, "too_many_codes")
    assert 3500 < int(answer["Retry-After"]) <= 3601


def test_a_twenty_first_code_within_a_day_is_refused(own: Api) -> None:
    for _ in range(4):
        for _ in range(5):
            ask(own)
        an_hour_ago = timezone.now() - timedelta(hours=1, seconds=1)
        CodeAttempt.objects.update(created_at=an_hour_ago)

    answer = own.post(LINKS, {"platform": "discord"})

    assert code_of(answer) == (429, "too_many_codes")
    assert int(answer["Retry-After"]) > 80_000


def test_codes_for_one_account_are_counted_whoever_asks(own: Api) -> None:
    for number in range(5):
        other = make.user(f"user{number}")
        key = make.key(other, scopes=["identity:manage"])
        ask(Api(key), platform_username="bob")
        CodeAttempt.objects.exclude(pk__in=targets()).delete()

    answer = own.post(LINKS, {"platform": "discord", "platform_username": "BOB"})

    assert code_of(answer) == (429, "too_many_codes")


def of_six_people_at(address: str) -> list[int]:
    answers = []
    for _ in range(6):
        api = Api(make.key(make.user(), scopes=["identity:manage"]))
        api.client = Client(REMOTE_ADDR=address)
        answers.append(api.post(LINKS, {"platform": "discord"}).status_code)
    return answers


@pytest.mark.django_db
def test_codes_are_counted_by_address() -> None:
    assert of_six_people_at("203.0.113.9") == [201] * 5 + [429]


@pytest.mark.django_db
def test_who_has_a_whole_network_is_counted_by_that() -> None:
    answers = [of_six_people_at(f"2001:db8:0:1::{end}")[0] for end in range(6)]

    assert answers == [201] + [429] * 5


@pytest.mark.django_db
def test_our_own_addresses_are_nobodys() -> None:
    assert of_six_people_at("127.0.0.1") == [201] * 6


def targets() -> list[int]:
    mine = subject_hash("asked", "target", "discord", "bob")
    return list(CodeAttempt.objects.filter(subject_hash=mine).values_list("pk", flat=True))


def test_a_new_code_comes_after_a_minute_and_ends_the_old(own: Api, collector: Api) -> None:
    asked = ask(own)
    path = f"{LINKS}/{asked['link_id']}/resend"
    refused = own.post(path)
    assert code_of(refused) == (429, "resend_too_soon")
    assert 0 < int(refused["Retry-After"]) <= 61

    a_minute_passes()
    resent = own.post(path).json()

    assert resent["link_id"] == asked["link_id"]
    assert collector.post(TYPED, typed(asked["code"])).status_code == 400
    assert collector.post(TYPED, typed(resent["code"])).status_code == 200


def test_a_typed_code_is_not_sent_again(own: Api, collector: Api) -> None:
    asked = ask(own)
    collector.post(TYPED, typed(asked["code"]))

    answer = own.post(f"{LINKS}/{asked['link_id']}/resend")

    assert code_of(answer) == (409, "waits_for_confirm")


def test_each_account_and_each_live_request_is_listed_once(own: Api, alice: User) -> None:
    make.link(alice, "twitch", "42")
    ask(own)
    ask(own)

    pages = [own.get(f"{LINKS}?limit=1").json()]
    pages.append(own.get(pages[0]["next"].partition("testserver")[2]).json())

    listed = [(each["platform"], each["state"]) for page in pages for each in page["results"]]
    assert listed == [("discord", "pending"), ("twitch", "verified")]
    assert pages[1]["next"] is None


def test_requests_and_accounts_of_others_are_not_there(own: Api) -> None:
    theirs = Api(make.key(make.user("bob"), scopes=["identity:manage"]))
    link_id = ask(theirs)["link_id"]

    answers = [
        own.get(f"{LINKS}/{link_id}"),
        own.delete(f"{LINKS}/{link_id}"),
        own.post(f"{LINKS}/{link_id}/verify", {"code": "ABCDEF"}),
        own.post(f"{LINKS}/{link_id}/resend"),
        own.get(f"{LINKS}/nothing"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert LinkRequest.objects.get().attempts == 0


def test_the_last_way_in_stays(own: Api, alice: User) -> None:
    make.link(alice, "discord", "77")
    link_id = own.get(LINKS).json()["results"][0]["link_id"]

    answer = own.delete(f"{LINKS}/{link_id}")

    assert code_of(answer) == (409, "last_login_method")
    assert "Set a password" in answer.json()["detail"]
    assert IdentityLink.objects.exists()


@pytest.mark.parametrize("other", ["a password", "another account"])
def test_an_account_is_unlinked_when_there_is_another_way_in(
    own: Api, alice: User, other: str
) -> None:
    make.link(alice, "discord", "77")
    link_id = own.get(LINKS).json()["results"][0]["link_id"]
    if other == "a password":
        alice.set_password("a long enough one")
        alice.save()
    else:
        make.link(alice, "twitch", "42")

    assert own.delete(f"{LINKS}/{link_id}").status_code == 204
    assert not IdentityLink.objects.filter(platform="discord").exists()
    assert own.delete(f"{LINKS}/{link_id}").status_code == 404
    assert link_id not in own.get(LINKS).content.decode()


def test_a_key_bound_to_a_platform_speaks_for_no_other(own: Api) -> None:
    staff = make.user("staff", is_staff=True)
    key = make.key(staff, scopes=["identity:verify"], platform="twitch")

    answer = Api(key).post(TYPED, typed(ask(own)["code"]))

    assert answer.status_code == 403


def test_a_code_is_kept_nowhere(own: Api) -> None:
    code = ask(own)["code"]

    rows = str(list(LinkRequest.objects.values()) + list(AuditEvent.objects.values()))

    assert code not in rows
    assert LinkRequest.objects.get().code_hash is not None


def test_what_happens_is_on_the_record_and_names_nobody(
    own: Api, collector: Api, alice: User
) -> None:
    make.link(alice, "twitch", "42")
    asked = ask(own)
    collector.post(TYPED, typed("ABCDEF"))
    collector.post(TYPED, typed(asked["code"]))
    collector.post(TYPED, typed(confirm=True))
    own.delete(f"{LINKS}/{asked['link_id']}")

    events = AuditEvent.objects.filter(action__startswith="link_").order_by("id")
    assert [event.action for event in events[1:]] == [
        "link_requested", "link_refused", "link_code_typed", "link_verified", "link_confirmed",
        "link_removed",
    ]  # fmt: skip
    assert events[4].details["after"]["owner"] == f"user:{alice.pk}"
    assert not {"bob", "77", asked["code"]} & set(str(list(events.values("details"))).split("'"))


def test_an_older_key_of_the_house_still_knows_its_codes(
    own: Api, collector: Api, settings: Any
) -> None:
    code = ask(own)["code"]

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"

    assert collector.post(TYPED, typed(code)).status_code == 200


BAD_INPUT: dict[str, Any] = {
    "no platform": {"platform": ""},
    "a platform that is none": {"platform": "Two Words"},
    "a NUL": {"platform_username": "a\0b"},
    "a method that is none": {"method": "fax"},
}


@pytest.mark.parametrize("wrong", BAD_INPUT)
def test_what_makes_no_sense_is_refused(own: Api, wrong: str) -> None:
    answer = own.post(LINKS, {"platform": "discord"} | BAD_INPUT[wrong])

    assert answer.status_code == 400
    assert not LinkRequest.objects.exists()


def test_neither_a_code_nor_a_confirm_is_no_report(collector: Api) -> None:
    answer = collector.post(TYPED, typed())

    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"pointer": "#/code", "detail": "This is required."}]


def test_an_account_that_was_unlinked_says_so_and_may_be_linked_anew(
    own: Api, collector: Api, alice: User
) -> None:
    make.link(alice, "twitch", "42")
    make.link(alice, "discord", "77")
    link_id = next(
        each["link_id"]
        for each in own.get(LINKS).json()["results"]
        if each["platform"] == "discord"
    )
    own.delete(f"{LINKS}/{link_id}")

    collector.post(TYPED, typed(ask(own)["code"]))
    collector.post(TYPED, typed(confirm=True))

    assert own.get(f"{LINKS}/{link_id}").json()["state"] == "cancelled"
    assert len(own.get(LINKS).json()["results"]) == 2
