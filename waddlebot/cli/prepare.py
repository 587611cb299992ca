"""What `waddlebot up` does to the database before its servers start.

Run as a process of its own, so that the supervisor stays small. Prints one JSON object.
"""

import json
import os
import sys
from dataclasses import asdict
from typing import Any

from waddlebot.cli.trouble import explain

LOCK = 0x57ADD1E  # Any number; two of us on one database take turns.


def prepare(*, demo: bool) -> dict[str, Any]:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "waddlebot.settings")
    django.setup()
    from django.utils import timezone

    from waddlebot.demo import build
    from waddlebot.lib.redis import client
    from waddlebot.tasks import make_partitions

    client().ping()
    migrate()
    make_partitions()
    return {"demo": asdict(build(now=timezone.now())) if demo else None}


def migrate() -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)
        cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def main() -> None:
    try:
        answer = prepare(demo="--no-demo" not in sys.argv)
    except Exception as error:
        message = explain(error)
        if message is None:
            raise
        answer = {"refused": message}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
