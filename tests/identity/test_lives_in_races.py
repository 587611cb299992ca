"""Exports and erasures asked for, built and done by many at once."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from identity.models import AuditEvent, DataExport, Erasure, ExportPart, User
from identity.operations.erasing import cancel_erasure, erase_due, request_erasure
from identity.operations.exporting import build_exports, request_export
from tests import make
from tests.identity.parallel import at_once, refusals
from waddlebot.lib.errors import NotFoundError

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bob() -> User:
    return make.user("bob", email="bob@example.org")


def later() -> Any:
    return timezone.now() + timedelta(days=8)


def test_twenty_who_ask_for_an_export_get_the_same_one(bob: User) -> None:
    ask = partial(request_export, user_id=bob.pk, actor="system", now=timezone.now())

    asked = at_once(*[ask] * 20)

    assert {export.pk for export in asked} == {DataExport.objects.get().pk}


def test_of_workers_that_build_at_once_one_builds_it(bob: User) -> None:
    request_export(user_id=bob.pk, actor="system", now=timezone.now())

    taken = at_once(*[partial(build_exports, clock=timezone.now)] * 8)

    assert sum(taken) == 1
    assert ExportPart.objects.count() == 1
    assert AuditEvent.objects.filter(action="export_built").count() == 1


def test_twenty_who_ask_to_be_erased_are_erased_once(bob: User) -> None:
    ask = partial(request_erasure, user_id=bob.pk, actor="system", now=timezone.now())
    at_once(*[ask] * 20)

    at_once(*[partial(erase_due, now=later())] * 8)

    assert Erasure.objects.get().state == "done"
    assert AuditEvent.objects.filter(action="erased").count() == 1
    assert [letter.subject for letter in mail.outbox].count("Your account is erased") == 1


def test_a_change_of_mind_comes_in_time_or_too_late(bob: User) -> None:
    now = timezone.now()
    request_erasure(user_id=bob.pk, actor="system", now=now)

    results = at_once(
        partial(cancel_erasure, user_id=bob.pk, actor="system", now=now),
        partial(erase_due, now=later()),
    )

    is_late = refusals(results) == [NotFoundError.code]
    bob.refresh_from_db()
    assert Erasure.objects.get().state == ("done" if is_late else "cancelled")
    assert (bob.erased_at is not None) == is_late
