import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from waddlebot.lib import metrics
from waddlebot.lib.cache import LocalCache

NAMES = [
    'waddlebot_http_request_duration_seconds_bucket{app="',
    'waddlebot_events_total{outcome="executed",platform="twitch"}',
    "waddlebot_event_duration_seconds_count",
    'waddlebot_command_executions_total{engine="builtin",status="ok"}',
    'waddlebot_engine_duration_seconds_count{engine="builtin"}',
    'waddlebot_rate_limited_total{scope="user"}',
    'waddlebot_moderation_hits_total{action="warn"}',
    'waddlebot_cache_requests_total{cache="test-metrics",result="miss"}',
    'waddlebot_websocket_connections{source="ticker"}',
    'waddlebot_overlay_messages_total{source="ticker"}',
    "waddlebot_db_query_duration_seconds_count",
    "waddlebot_db_connections ",
    'waddlebot_tasks_total{state="success",task="a"}',
    'waddlebot_label_operations_total{operation="give"}',
]


def something_happens() -> None:
    metrics.event_done(platform="twitch", outcome="executed", seconds=0.001)
    metrics.execution_done(engine="builtin", status="ok", seconds=0.001)
    metrics.rate_limited("user")
    metrics.moderation_hit("warn")
    metrics.socket_opened("ticker")
    metrics.socket_closed("ticker")
    metrics.overlay_message("ticker")
    metrics.task_done(task="a", state="success")
    metrics.label_operation("give")
    LocalCache("test-metrics", str).get("x")
    connection.ensure_connection()


@pytest.mark.django_db
def test_the_names_are_those_of_the_contract() -> None:
    something_happens()
    Client().get("/health")

    page = Client().get("/metrics").content.decode()

    assert [name for name in NAMES if name not in page] == []


@pytest.mark.django_db
def test_a_request_is_told_by_its_route_never_its_path() -> None:
    Client().get("/portal/sign-in/a-secret-token")
    Client().generic("BREW", "/router/nowhere")

    page = metrics.exposition(connections=None).decode()

    assert 'route="portal/sign-in/<str:token>"' in page
    assert "a-secret-token" not in page
    assert 'method="OTHER",route="unknown",status="404"' in page


def test_platforms_strangers_make_up_are_one() -> None:
    metrics.event_done(platform="made-up-by-a-stranger", outcome="ignored", seconds=0)

    page = metrics.exposition(connections=None).decode()

    assert "made-up" not in page
    assert 'waddlebot_events_total{outcome="ignored",platform="other"}' in page


def test_processes_that_share_a_folder_are_one_page(tmp_path: Path) -> None:
    script = (
        "import os, django; django.setup(); from waddlebot.lib import metrics;"
        "metrics.rate_limited('shared');"
        "os.fork() or (metrics.rate_limited('shared'), os._exit(0));"
        "os.wait(); print(metrics.exposition(connections=None).decode())"
    )
    environment = {
        **os.environ,
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "waddlebot.settings",
    }
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )

    assert re.search(r'waddlebot_rate_limited_total\{scope="shared"\} 2\.0', done.stdout)
