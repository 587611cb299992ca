"""Workers that carry out rules are killed at any moment, and nothing is given twice or missed."""

import os
import subprocess
import sys

import pytest
from django.utils import timezone

from identity.data import Role
from identity.models import Community, Membership, User
from labels.models import RuleRun, UserLabel
from labels.operations.rules import run_rules
from labels.operations.rules.running import LEASE
from tests.identity.processes import database_url
from tests.labels.ruling import holders, label, messages, rule

KILLS = 5


def kill_after(steps: int, shift: int) -> None:
    """Have another process work until it has told so many steps; it is in the next one then."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.labels.ruler"],
        env=os.environ | {"DATABASE_URL": database_url(), "SHIFT": str(shift)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as worker:
        assert worker.stdout is not None
        for _ in range(steps):
            worker.stdout.readline()
        worker.kill()


@pytest.mark.django_db(transaction=True)
def test_a_run_through_kill_after_kill_gives_each_label_once(rookery: Community) -> None:
    people = User.objects.bulk_create(
        User(username=f"crowd{number}", public_id=f"u_{number:022}") for number in range(600)
    )
    Membership.objects.bulk_create(
        Membership(community=rookery, user=person, role=Role.NONE, messages=100)
        for person in people
    )
    regular = label(rookery)
    made = rule(rookery, regular, messages())
    for shift in range(KILLS):
        kill_after(1 + shift, shift)
    run_rules(clock=lambda: timezone.now() + (KILLS + 1) * LEASE)

    assert len(holders(regular)) == UserLabel.objects.count() == 600
    done = RuleRun.objects.get(rule=made)
    assert (done.state, done.added) == ("done", 600)
