"""What became of each line of a file: told, kept, and sent again."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from identity.models import AuditEvent, Community, IdentityLink, User
from identity.operations.erasing import erase_due, request_erasure
from labels.models import JobPart, Label, UserLabel
from tests import make
from tests.client import Api
from tests.labels.imports import imported, result, table

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


def test_a_trial_tells_what_would_happen_and_does_nothing(api: Api, bob: User) -> None:
    rows = [("vip", "twitch", "42", "carol"), ("nope", "twitch", "43", "dave")]
    job = imported(api, table(*rows, header=ACCOUNTS), query="dry_run=true")

    assert (job["dry_run"], counts(job)) == (True, {"created": 1, "error_count": 1})
    assert not UserLabel.objects.exists()
    assert not IdentityLink.objects.exists()


def test_sent_again_a_file_changes_nothing(api: Api, bob: User) -> None:
    imported(api, table(("vip", bob.public_id)))
    again = imported(api, table(("vip", bob.public_id)))

    assert counts(again) == {"unchanged": 1}


@override_settings(BULK_OPERATION_SIZE=2)
def test_chunks_go_over_the_whole_file(api: Api, rookery: Community) -> None:
    rows = [("vip", "twitch", number, f"user{number}") for number in range(7)]
    job = imported(api, table(*rows, header=ACCOUNTS))

    assert (job["done"], counts(job)) == (7, {"created": 7})
    assert JobPart.objects.filter(side="result").count() == 4
    assert len(result(api, job)) == 8


def test_the_first_hundred_errors_are_told_and_all_are_in_the_result(
    api: Api, rookery: Community
) -> None:
    job = imported(api, table(*[("nope", f"u_{number}") for number in range(120)]))

    assert (len(job["errors"]), job["error_count"]) == (100, 120)
    assert len(result(api, job)) == 121


def test_a_result_repeats_each_line_and_begins_no_formula(api: Api, bob: User) -> None:
    rows = [("vip", bob.public_id, "=cmd()"), ("nope", bob.public_id, "+1")]
    job = imported(api, table(*rows, header="label,object_id,reason"))

    failed = f"3,error,unknown_label,There is no such label.,nope,{bob.public_id},'+1"
    assert result(api, job) == [
        "line,status,code,detail,label,object_id,reason",
        f"2,created,,,vip,{bob.public_id},'=cmd()",
        failed,
    ]
    assert result(api, job, "?only=errors")[1:] == [failed]
    assert UserLabel.objects.get().reason == "=cmd()"


def test_a_result_can_be_mended_and_sent_again(api: Api, bob: User) -> None:
    job = imported(api, table(("nope", bob.public_id)))
    mended = "\n".join(result(api, job, "?only=errors")).replace(",nope,", ",vip,")
    again = imported(api, mended)

    assert counts(again) == {"created": 1}
    assert result(api, again)[0] == "line,status,code,detail,label,object_id"


def test_an_import_is_on_the_record_from_its_start_to_its_end(api: Api, bob: User) -> None:
    job = imported(api, table(("vip", bob.public_id)))

    events = AuditEvent.objects.filter(target=f"job:{job['id']}").order_by("id")
    assert [event.action for event in events] == ["label_import_started", "label_import_ended"]
    assert events[1].details["after"]["created"] == 1


def test_when_somebody_is_erased_files_that_may_name_them_go(
    api: Api, rookery: Community, bob: User
) -> None:
    imported(api, table(("vip", "twitch", "42", "bobby"), header=ACCOUNTS))
    make.link(bob, "discord", "7")
    request_erasure(user_id=bob.pk, actor="system", now=timezone.now())
    assert JobPart.objects.exists()

    erase_due(now=timezone.now() + timedelta(days=8))

    assert not JobPart.objects.exists()
