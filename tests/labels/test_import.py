"""Files of assignments: what is in them is done, line by line, and told."""

from datetime import UTC, datetime
from typing import Any

import pytest

from identity.data import Role
from identity.models import Community, IdentityLink, Membership, User
from labels.models import Label, ObjectLabel, UserLabel
from tests import make
from tests.client import Api
from tests.labels.imports import imported, table

ACCOUNTS = "label,platform,platform_user_id,user_name"


@pytest.fixture(autouse=True)
def vip(rookery: Community) -> Label:
    return Label.objects.create(community=rookery, name="vip")


@pytest.fixture
def bob(rookery: Community) -> User:
    return make.member(rookery, make.user("bob"))


def counts(job: Any) -> dict[str, int]:
    names = ("created", "unchanged", "replaced", "removed", "error_count")
    return {name: job[name] for name in names if job[name]}


def test_what_a_file_says_is_given_by_whoever_sent_it(api: Api, alice: User, bob: User) -> None:
    header = "label,object_id,valid_from,valid_until,reason"
    bounds = ("2026-01-01", "2999-01-01T02:00:00+02:00")
    rows = [("vip", bob.public_id, *bounds, "helps"), ("vip", alice.public_id, "", "", "")]
    job = imported(api, table(*rows, header=header))

    held = UserLabel.objects.get(user=bob)
    assert (job["state"], job["done"], job["total"], counts(job)) == ("done", 2, 2, {"created": 2})
    assert (held.valid_from, held.valid_until, held.reason) == (
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2999, 1, 1, tzinfo=UTC),
        "helps",
    )
    assert (held.source, held.source_ref, held.given_by) == (
        "import",
        job["id"],
        f"key:{str(api.key)[3:15]}",
    )


def test_a_bad_line_fails_alone_and_is_told_with_its_number(
    api: Api, alice: User, bob: User
) -> None:
    rows = [
        ("nope", bob.public_id),
        ("vip", "u_nobody"),
        ("vip", ""),
        ("", bob.public_id),
        ("vip", bob.public_id),
    ]
    job = imported(api, table(*rows))

    told = [(each["line"], each["code"]) for each in job["errors"]]
    assert told == [(2, "unknown_label"), (3, "unknown_object"), (4, "invalid"), (5, "invalid")]
    assert counts(job) == {"created": 1, "error_count": 4}


@pytest.mark.parametrize(
    "cells",
    [
        "vip,{bob},yesterday,,,",
        "vip,{bob},,0001-01-01T00:00:00+23:00,,",
        "vip,{bob},,2020-01-01,,",
        "vip,{bob},,,planet,",
        "vip,{bob},,,,give",
        "vip,{bob},,,,,more",
        "vip,{bob}\0,,,,",
        "vip,{long},,,,",
        "vip,,,,,,,",
    ],
)
def test_a_line_that_makes_no_sense_is_invalid(api: Api, bob: User, cells: str) -> None:
    header = "label,object_id,valid_from,valid_until,kind,action"
    line = cells.format(bob=bob.public_id, long="x" * 501)
    job = imported(api, f"{header}\n{line}")

    assert [each["code"] for each in job["errors"]] == ["invalid"]
    assert UserLabel.objects.count() == 0


def test_somebody_nobody_knows_is_made_when_a_name_is_told(
    api: Api, rookery: Community, bob: User
) -> None:
    rows = [
        ("vip", "twitch", "42", "carol"),
        ("vip", "twitch", "43", ""),
        ("no", "twitch", 9, "x"),
    ]
    job = imported(api, table(*rows, header=ACCOUNTS))

    held = UserLabel.objects.get()
    assert (held.user.is_staged, held.user.display_name) == (True, "carol")
    assert Membership.objects.get(user=held.user).role == Role.NONE
    assert [each["line"] for each in job["errors"]] == [3, 4]
    assert IdentityLink.objects.count() == 1


def test_an_account_that_is_known_means_its_person(api: Api, bob: User) -> None:
    make.link(bob, "twitch", "42")
    imported(api, table(("vip", "twitch", "42", "bobby"), header=ACCOUNTS))

    assert UserLabel.objects.get().user == bob


def test_a_line_may_take_and_a_file_may(api: Api, alice: User, bob: User) -> None:
    both = [("vip", alice.public_id, "add"), ("vip", bob.public_id, "")]
    imported(api, table(*both, header="label,object_id,action"))

    taking = [("vip", alice.public_id, ""), ("vip", bob.public_id, "Add")]
    job = imported(api, table(*taking, header="label,object_id,action"), query="action=remove")

    assert counts(job) == {"removed": 1, "unchanged": 1}
    assert UserLabel.objects.get(ended_at=None).user == bob


@pytest.mark.parametrize(("actions", "held"), [("add remove add", 1), ("remove add remove", 0)])
def test_lines_about_one_person_are_done_in_their_order(
    api: Api, bob: User, actions: str, held: int
) -> None:
    make.link(bob, "twitch", "42")
    names = [bob.public_id, "twitch:42", bob.public_id]
    rows = [("vip", name, action) for name, action in zip(names, actions.split(), strict=True)]
    imported(api, table(*rows, header="label,object_id,action"))

    assert UserLabel.objects.filter(ended_at=None).count() == held


def test_labels_of_every_kind_are_given(api: Api, rookery: Community) -> None:
    for kind in ("community", "module"):
        Label.objects.create(community=rookery, name="good", kind=kind)
    rows = [
        ("good", "rookery", "community"),
        ("good", "quote", "module"),
        ("good", "x y", "module"),
    ]
    job = imported(api, table(*rows, header="label,object_id,kind"))

    given = ObjectLabel.objects.order_by("kind").values_list("kind", "object_id")
    assert list(given) == [("community", str(rookery.pk)), ("module", "quote")]
    assert counts(job) == {"created": 2, "error_count": 1}


def test_a_label_may_be_named_by_its_id_unless_one_has_that_name(
    api: Api, rookery: Community, bob: User, vip: Label
) -> None:
    other = Label.objects.create(community=rookery, name="2024")
    imported(api, table((vip.pk, bob.public_id), (2024, bob.public_id)))

    given = UserLabel.objects.order_by("pk").values_list("label", flat=True)
    assert list(given) == [vip.pk, other.pk]
