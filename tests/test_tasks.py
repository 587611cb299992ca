"""What beat sends, and what those tasks do."""

from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from waddlebot import tasks
from waddlebot.lib.partitions import make_partitions


def test_every_task_that_beat_sends_is_there() -> None:
    current_app.loader.import_default_modules()
    sent = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert sent <= set(current_app.tasks)


@pytest.mark.django_db
def test_ended_sessions_are_forgotten() -> None:
    now = timezone.now()
    Session.objects.create(session_key="old", session_data="", expire_date=now - timedelta(1))
    Session.objects.create(session_key="new", session_data="", expire_date=now + timedelta(1))

    tasks.clear_sessions()

    assert [session.pk for session in Session.objects.all()] == ["new"]


def partitions(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass",
            [table],
        )
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.django_db
def test_partitions_are_made_before_their_month_begins() -> None:
    make_partitions(["command_executions"], now=datetime(2031, 11, 30, tzinfo=UTC))
    make_partitions(["command_executions"], now=datetime(2031, 11, 30, tzinfo=UTC))

    made = {
        f"command_executions_{month}" for month in ("2031_11", "2031_12", "2032_01", "2032_02")
    }
    assert made <= partitions("command_executions")


@pytest.mark.django_db
def test_the_beat_task_makes_the_next_months_of_every_big_table() -> None:
    tasks.make_partitions()

    next_month = f"{(timezone.now().replace(day=1) + timedelta(days=32)):%Y_%m}"
    for table in tasks.PARTITIONED:
        assert f"{table}_{next_month}" in partitions(table)
