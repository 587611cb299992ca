"""Looking through who may what by labels: `GET /labels/v1/review`."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from identity.data import Role
from identity.models import Community, ReputationDay, User
from labels.data import Giver, Kind, Pin, Source
from labels.models import EntityGroup, Label, LabelParent
from labels.operations.assigning import assign
from tests import make
from tests.client import Api
from tests.labels.test_search import label, pin


def review(api: Api, query: str = "") -> list[dict[str, Any]]:
    answer = api.get(f"/labels/v1/review?{query}")
    assert answer.status_code == 200, answer.content
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


def holders(api: Api, query: str = "") -> list[str]:
    return [row["holder"]["name"] for row in review(api, query)]


@pytest.fixture
def bob(rookery: Community) -> User:
    return make.member(rookery, make.user("bob", display_name="Bob"))


@pytest.fixture
def editor(rookery: Community, bob: User) -> Label:
    row = label(rookery, "editor", grants=["commands:edit"])
    pin(row, bob, valid_until=timezone.now() + timedelta(days=3))
    return row


def test_whoever_holds_what_permits_something_is_told_of(
    api: Api, rookery: Community, alice: User, bob: User, editor: Label
) -> None:
    pin(label(rookery, "fan"), alice)

    (row,) = review(api)

    assert row["holder"] == {"kind": "user", "id": bob.public_id, "name": "Bob"}
    assert (row["label"]["name"], row["grants"]) == ("editor", ["commands:edit"])
    assert row["valid_until"] is not None
    assert row["given_by"]["kind"] == "user"


def test_what_a_parent_permits_counts(
    api: Api, rookery: Community, alice: User, editor: Label
) -> None:
    head = label(rookery, "head")
    LabelParent.objects.create(label=head, parent=editor)
    pin(head, alice)

    assert holders(api) == ["Alice", "Bob"]
    assert review(api)[0]["grants"] == ["commands:edit"]


def test_a_rule_that_gave_a_label_is_named(
    api: Api, rookery: Community, alice: User, editor: Label
) -> None:
    giver = Giver("rule:7", Source.RULE, "7")
    assign(
        community_id=rookery.pk,
        kind=Kind.USER,
        pins=[Pin(editor.pk, alice.pk)],
        giver=giver,
        now=timezone.now(),
    )

    given = review(api)[0]

    assert (given["source"], given["source_ref"]) == ("rule", "7")
    assert given["given_by"]["id"] == "7"


def test_those_who_were_not_seen_for_long_can_be_asked_for(
    api: Api, rookery: Community, alice: User, bob: User, editor: Label
) -> None:
    today = timezone.now().date()
    pin(editor, alice)
    for person, days, reason in ((alice, 2, "chatMessage"), (bob, 90, "cheer"), (bob, 1, "ban")):
        ReputationDay.objects.create(
            community=rookery, user=person, day=today - timedelta(days=days), reason=reason
        )

    assert holders(api, "unseen_days=2") == ["Alice", "Bob"]
    assert holders(api, "unseen_days=3") == ["Bob"]
    assert review(api, "unseen_days=3")[0]["last_seen_on"] == str(today - timedelta(days=90))


def test_groups_that_hold_what_permits_something_are_told_of_too(
    api: Api, rookery: Community, editor: Label
) -> None:
    group = EntityGroup.objects.create(community=rookery, name="Streams")
    pin(label(rookery, "loud", Kind.ENTITY_GROUP, grants=["queue:skip"]), str(group.pk))

    (row,) = review(api, "kind=entity_group")

    assert (row["holder"]["name"], row["grants"]) == ("Streams", ["queue:skip"])


def test_of_the_systems_labels_a_community_is_told_of_its_own_holders(
    api: Api, rookery: Community, bob: User
) -> None:
    helper = label(None, "waddlebot/helper", grants=["commands:help"])
    pin(helper, bob, make.user("stranger", display_name="Stranger"))

    assert holders(api) == ["Bob"]


def test_what_is_over_is_not_told_of(
    api: Api, rookery: Community, alice: User, editor: Label
) -> None:
    now = timezone.now()
    given = now - timedelta(days=2)
    assign(
        community_id=rookery.pk,
        kind=Kind.USER,
        pins=[Pin(editor.pk, alice.pk, valid_until=now - timedelta(days=1))],
        giver=Giver("system"),
        now=given,
    )

    assert holders(api) == ["Bob"]


def test_it_comes_in_pages(api: Api, alice: User, editor: Label) -> None:
    pin(editor, alice)
    first = api.get("/labels/v1/review?limit=1").json()

    second = api.get(first["next"]).json()

    assert [row["holder"]["name"] for row in (*first["results"], *second["results"])] == [
        "Alice",
        "Bob",
    ]


@pytest.mark.parametrize("role", [Role.MEMBER, Role.MODERATOR])
def test_it_is_for_those_who_manage_labels(rookery: Community, editor: Label, role: Role) -> None:
    somebody = make.member(rookery, make.user("somebody"), role)

    answer = Api(make.key(somebody, place=rookery)).get("/labels/v1/review")

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("kind=module", "#/kind"),
        ("unseen_days=0", "#/unseen_days"),
        ("unseen_days=99999999999999999999", "#/unseen_days"),
        ("kind=entity_group&unseen_days=3", "#/unseen_days"),
    ],
)
def test_a_review_that_makes_no_sense_is_refused(api: Api, query: str, pointer: str) -> None:
    answer = api.get(f"/labels/v1/review?{query}")

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)
