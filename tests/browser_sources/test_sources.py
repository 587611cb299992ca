import pytest
from django.utils import timezone
from pytest_django import Settings

from browser_sources import api as overlays
from browser_sources.models import BrowserSource
from identity.data import Role
from identity.models import AuditEvent, Community, User
from tests import make
from tests.client import Api

SOURCES = "/browser/v1/communities/rookery/sources"


def token_of(url: str) -> str:
    return url.split("/")[-2]


@pytest.mark.parametrize("kind", ["ticker", "media", "general"])
def test_creating_a_source_shows_its_url(api: Api, settings: object, kind: str) -> None:
    answer = api.post(SOURCES, {"type": kind, "name": "Main scene"})

    assert answer.status_code == 201
    assert answer.json()["url"].startswith("http://127.0.0.1:8027/browser/source/")
    assert answer.json()["url"].endswith(f"/{kind}")
    assert len(token_of(answer.json()["url"])) == 43


def test_the_list_shows_no_token(api: Api) -> None:
    token = token_of(api.post(SOURCES, {"type": "ticker"}).json()["url"])

    answer = api.get(SOURCES)

    assert [source["name"] for source in answer.json()["results"]] == ["Ticker"]
    assert token not in answer.content.decode()


def test_the_database_holds_no_token(api: Api) -> None:
    token = token_of(api.post(SOURCES, {"type": "ticker"}).json()["url"])

    row = BrowserSource.objects.values().get()

    assert all(token.encode() not in bytes(str(value), "utf-8") for value in row.values())
    assert token.encode() not in bytes(row["token_sealed"])


def test_a_rotated_source_has_another_url(api: Api) -> None:
    made = api.post(SOURCES, {"type": "ticker"}).json()

    answer = api.post(f"{SOURCES}/{made['id']}/rotate", {"grace_s": 300})

    assert answer.status_code == 200
    assert token_of(answer.json()["url"]) != token_of(made["url"])


def test_admins_see_the_url_again_and_that_is_written_down(api: Api) -> None:
    made = api.post(SOURCES, {"type": "ticker"}).json()

    answer = api.post(f"{SOURCES}/{made['id']}/reveal")

    assert answer.json()["url"] == made["url"]
    row = AuditEvent.objects.get(action="source.reveal")
    assert row.target == f"source:{made['id']}"
    assert row.actor.startswith("key:")


def test_a_url_sealed_with_a_key_that_is_gone_can_be_made_anew(
    api: Api, settings: Settings
) -> None:
    made = api.post(SOURCES, {"type": "ticker"}).json()
    settings.SECRET_KEY = "another " * 8

    lost = api.post(f"{SOURCES}/{made['id']}/reveal")
    rotated = api.post(f"{SOURCES}/{made['id']}/rotate", {})

    assert (lost.status_code, lost.json()["code"]) == (409, "sealed_with_lost_key")
    assert api.post(f"{SOURCES}/{made['id']}/reveal").json()["url"] == rotated.json()["url"]


def test_every_change_is_in_the_audit_log_without_the_token(api: Api) -> None:
    made = api.post(SOURCES, {"type": "ticker"}).json()
    api.post(f"{SOURCES}/{made['id']}/rotate", {"grace_s": 0})
    api.delete(f"{SOURCES}/{made['id']}")

    rows = AuditEvent.objects.filter(action__startswith="source.").order_by("id")

    assert [row.action for row in rows] == ["source.create", "source.rotate", "source.revoke"]
    assert token_of(made["url"]) not in str([row.details for row in rows])


def test_a_revoked_source_is_gone(api: Api) -> None:
    made = api.post(SOURCES, {"type": "ticker"}).json()

    assert api.delete(f"{SOURCES}/{made['id']}").status_code == 204
    assert api.delete(f"{SOURCES}/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"type": "banner"},
        {"type": ["ticker"]},
        {"type": "ticker", "name": "n" * 101},
        {"type": "ticker", "name": "\0"},
        [],
    ],
)
def test_a_bad_wish_is_refused(api: Api, wish: object) -> None:
    answer = api.post(SOURCES, wish)

    assert answer.status_code == 400
    assert not BrowserSource.objects.exists()


@pytest.mark.parametrize("grace", [-1, 86_401, "soon", None])
def test_a_bad_grace_is_refused(api: Api, grace: object) -> None:
    made = api.post(SOURCES, {"type": "ticker"}).json()

    answer = api.post(f"{SOURCES}/{made['id']}/rotate", {"grace_s": grace})

    assert answer.status_code == 400


def test_a_community_has_at_most_fifty(api: Api, rookery: Community) -> None:
    for _ in range(50):
        assert api.post(SOURCES, {"type": "ticker"}).status_code == 201

    answer = api.post(SOURCES, {"type": "ticker"})

    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_sources")


def test_another_communitys_source_looks_unknown(api: Api) -> None:
    stranger = make.user("mallory")
    elsewhere = make.community(owner=stranger, slug="elsewhere")
    overlays.ensure_sources(community_id=elsewhere.pk, now=timezone.now())
    theirs = BrowserSource.objects.filter(community=elsewhere).first()
    assert theirs is not None

    for path in (f"{theirs.pk}/reveal", f"{theirs.pk}/rotate"):
        assert api.post(f"{SOURCES}/{path}", {}).status_code == 404
    assert api.delete(f"{SOURCES}/{theirs.pk}").status_code == 404
    assert api.get("/browser/v1/communities/elsewhere/sources").status_code == 404


@pytest.mark.parametrize("source", ["0", "99999999999999999999", "one", "-1"])
def test_a_source_that_is_none_is_not_found(api: Api, source: str) -> None:
    assert api.post(f"{SOURCES}/{source}/reveal").status_code == 404


def test_a_moderator_may_show_things_but_not_see_urls(rookery: Community) -> None:
    moderator = make.member(rookery, make.user("bob"), Role.MODERATOR)
    client = Api(make.key(moderator, place=rookery))

    ticker = {"type": "ticker", "text": "hello"}
    assert client.post("/browser/v1/communities/rookery/display", ticker).status_code == 201
    assert client.post(SOURCES, {"type": "ticker"}).status_code == 403


def test_the_demo_finds_the_same_urls_again(rookery: Community, alice: User) -> None:
    first = overlays.ensure_sources(community_id=rookery.pk, now=timezone.now())

    assert overlays.ensure_sources(community_id=rookery.pk, now=timezone.now()) == first
    assert list(first) == ["ticker", "media", "general"]
