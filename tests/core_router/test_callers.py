"""Who calls a command in a batch is met together with the others."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from identity.models import Community, IdentityLink
from tests import make
from tests.core_router.conftest import Door, line


@pytest.mark.django_db
def test_a_batch_of_commands_by_new_people_makes_them_in_one_statement(
    door: Door, rookery: Community
) -> None:
    make.command(rookery, "hug")
    events = [line("!hug", user_id=str(n), user_name=f"p{n}") for n in range(100)]

    with CaptureQueriesContext(connection) as queries:
        answers = door.post("/router/v1/events/batch", {"events": events}).json()["results"]

    inserts = [each["sql"] for each in queries if "INSERT INTO" in each["sql"]]
    assert {answer["outcome"] for answer in answers} == {"executed"}
    assert IdentityLink.objects.count() == 100
    assert len(inserts) == 3  # The people, their visits, the executions.


@pytest.mark.django_db
def test_a_batch_makes_nobody_who_calls_no_command_here(door: Door, rookery: Community) -> None:
    make.command(rookery, "hug")
    events = [
        line("hello", user_id="1"),
        line("!nothing", user_id="2"),
        line("!hug", user_id="3", server_id="elsewhere"),
        line("!hug", user_id="4", message_type="raid"),
    ]

    door.post("/router/v1/events/batch", {"events": events * 2})

    assert not IdentityLink.objects.exists()
