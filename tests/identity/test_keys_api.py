from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from identity.models import ApiKey, AuditEvent, Community, User
from tests import make
from tests.client import Api

KEYS = "/identity/v1/api-keys"
MANAGE = ["identity:manage", "router:read"]


def wish(**more: Any) -> dict[str, Any]:
    return {"name": "mine", "scopes": ["router:read"]} | more


@pytest.fixture
def own(alice: User) -> Api:
    """Return a client with a key of alice's that is bound to nothing."""
    return Api(make.key(alice, scopes=MANAGE))


def test_the_full_key_is_told_once(own: Api) -> None:
    made = own.post(KEYS, wish())
    listed = own.get(KEYS)

    assert made.status_code == 201
    assert made.json()["key"].startswith(made.json()["prefix"] + "_")
    secret = made.json()["key"].split("_")[2]
    assert secret not in listed.content.decode()
    assert [key["name"] for key in listed.json()["results"]] == ["mine", "a key"]


def test_a_new_key_works(own: Api, alice: User, rookery: Community) -> None:
    made = own.post(KEYS, wish(scopes=MANAGE, community="rookery"))

    listed = Api(made.json()["key"]).get(KEYS)

    assert [key["community"] for key in listed.json()["results"]] == ["rookery"]


def test_only_staff_give_out_the_word_on_who_typed_what(alice: User, rookery: Community) -> None:
    proving = wish(scopes=["identity:verify"], community="rookery")
    signed_in = Api()
    signed_in.client.force_login(alice)
    refused = signed_in.post(KEYS, proving)
    User.objects.filter(pk=alice.pk).update(is_staff=True)

    assert (refused.status_code, refused.json()["code"]) == (403, "beyond_this_key")
    assert signed_in.post(KEYS, proving).status_code == 201


def test_a_key_that_proves_accounts_passes_that_on(alice: User, rookery: Community) -> None:
    given = Api(make.key(alice, scopes=["identity:manage", "identity:verify"], place=rookery))

    made = given.post(KEYS, wish(scopes=["identity:verify"]))

    assert made.status_code == 201
    assert given.post(f"{KEYS}/{made.json()['id']}/rotate", {"overlap_s": 0}).status_code == 201


def test_everybody_sees_only_their_own_keys(own: Api) -> None:
    full = make.key(make.user("bob"))

    assert full[3:15] not in own.get(KEYS).content.decode()
    assert own.delete(f"{KEYS}/{full[3:15]}").status_code == 404
    assert own.post(f"{KEYS}/{full[3:15]}/rotate", {}).status_code == 404


def test_a_sixth_active_key_is_refused_until_one_is_revoked(own: Api) -> None:
    made = [own.post(KEYS, wish()) for _ in range(4)]
    refused = own.post(KEYS, wish())
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_keys")

    own.delete(f"{KEYS}/{made[0].json()['id']}")
    assert own.post(KEYS, wish()).status_code == 201


BAD_WISHES: dict[str, Any] = {
    "no scope": {"scopes": []},
    "an unknown scope": {"scopes": ["all"]},
    "a NUL in the name": {"name": "a\x00b"},
    "no name": {"name": ""},
    "a past end": {"expires_at": "2020-01-01T00:00:00Z"},
    "an end too far": {"expires_at": "2099-01-01T00:00:00Z"},
    "no time": {"expires_at": "soon"},
    "an address that is none": {"allowed_ips": ["10.0.0.0/99"]},
    "a platform that is none": {"platform": "Two Words"},
}


@pytest.mark.parametrize("wrong", BAD_WISHES)
def test_a_key_that_makes_no_sense_is_refused(own: Api, wrong: str) -> None:
    assert own.post(KEYS, wish(**BAD_WISHES[wrong])).status_code == 400
    assert ApiKey.objects.count() == 1


def test_a_key_is_bound_to_no_community_that_is_not_yours(own: Api) -> None:
    make.community(owner=make.user("bob"), slug="theirs")

    assert own.post(KEYS, wish(community="theirs")).status_code == 404
    assert own.post(KEYS, wish(community="no-such")).status_code == 404


def test_a_key_makes_none_that_can_do_more_than_itself(alice: User, rookery: Community) -> None:
    maker = Api(make.key(alice, scopes=MANAGE, place=rookery, platform="twitch"))
    elsewhere = make.community(owner=alice, slug="elsewhere")

    inside = wish(platform="twitch")
    assert maker.post(KEYS, inside).json()["community"] == "rookery"
    assert maker.post(KEYS, inside | {"scopes": ["router:manage"]}).status_code == 403
    assert maker.post(KEYS, inside | {"community": elsewhere.slug}).status_code == 403
    assert maker.post(KEYS, wish()).status_code == 403


def test_a_key_bound_to_addresses_makes_none_that_works_elsewhere(alice: User) -> None:
    maker = Api(make.key(alice, scopes=MANAGE, allowed_ips=["127.0.0.0/8", "::1"]))

    assert maker.post(KEYS, wish(allowed_ips=["127.0.0.1"])).status_code == 201
    assert maker.post(KEYS, wish(allowed_ips=["::1"])).status_code == 201
    assert maker.post(KEYS, wish(allowed_ips=["0.0.0.0/0"])).status_code == 403
    assert maker.post(KEYS, wish(allowed_ips=["::/0"])).status_code == 403
    assert maker.post(KEYS, wish()).status_code == 403


def test_a_key_does_not_get_hold_of_a_stronger_one_by_rotating_it(alice: User) -> None:
    stronger = make.key(alice, scopes=["community:manage"])
    weaker = Api(make.key(alice, scopes=MANAGE))

    answer = weaker.post(f"{KEYS}/{stronger[3:15]}/rotate", {"overlap_s": 60})

    assert (answer.status_code, answer.json()["code"]) == (403, "beyond_this_key")


def test_the_scope_admin_is_for_staff(alice: User) -> None:
    maker = Api(make.key(alice, scopes=["identity:manage", "admin"]))

    assert maker.post(KEYS, wish(scopes=["admin"])).status_code == 403


def test_a_revoked_key_is_dead_and_stays_so(own: Api) -> None:
    made = own.post(KEYS, wish(scopes=MANAGE)).json()
    assert Api(made["key"]).get(KEYS).status_code == 200

    assert own.delete(f"{KEYS}/{made['id']}").status_code == 204
    assert Api(made["key"]).get(KEYS).status_code == 401
    assert own.delete(f"{KEYS}/{made['id']}").status_code == 409
    assert own.post(f"{KEYS}/{made['id']}/rotate", {}).status_code == 409


def test_rotation_gives_a_new_key_and_lets_the_old_one_end(own: Api) -> None:
    made = own.post(KEYS, wish(scopes=MANAGE)).json()

    rotated = own.post(f"{KEYS}/{made['id']}/rotate", {"overlap_s": 3600})

    assert rotated.status_code == 201
    assert Api(rotated.json()["key"]).get(KEYS).status_code == 200
    assert Api(made["key"]).get(KEYS).status_code == 200
    states = {key["id"]: key["state"] for key in own.get(KEYS).json()["results"]}
    assert (states[made["id"]], states[rotated.json()["id"]]) == ("rotated", "active")


@pytest.mark.parametrize("overlap_s", [-1, 86_401, "long", None, 1.5], ids=str)
def test_an_overlap_that_makes_no_sense_is_refused(own: Api, overlap_s: object) -> None:
    key_id = ApiKey.objects.get().key_id

    answer = own.post(f"{KEYS}/{key_id}/rotate", {"overlap_s": overlap_s})

    assert answer.status_code == 400
    assert ApiKey.objects.count() == 1


def test_what_happens_to_keys_is_on_the_record_without_their_secrets(own: Api) -> None:
    made = own.post(KEYS, wish()).json()
    rotated = own.post(f"{KEYS}/{made['id']}/rotate", {}).json()
    own.delete(f"{KEYS}/{rotated['id']}")

    events = AuditEvent.objects.filter(actor__startswith="key:").order_by("id")
    actions = [event.action for event in events]
    assert actions == ["key_created", "key_rotated", "key_revoked"]
    assert made["key"].split("_")[2] not in str(list(events.values()))
    assert {event.ip for event in events} == {"127.0.0.1"}
    assert all(event.request_id for event in events)


def test_an_expired_key_is_refused(alice: User) -> None:
    full = make.key(alice, scopes=MANAGE)
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    answer = Api(full).get(KEYS)

    assert (answer.status_code, answer.json()["code"]) == (401, "bad_credentials")


def test_a_key_used_from_elsewhere_is_refused(alice: User) -> None:
    assert Api(make.key(alice, allowed_ips=["203.0.113.9"])).get(KEYS).status_code == 401


def test_a_key_without_the_scope_is_refused(alice: User) -> None:
    assert Api(make.key(alice, scopes=["router:read"])).get(KEYS).status_code == 403
