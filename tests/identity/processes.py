"""What another process needs to see this test's database."""

import os

from django.db import connection


def database_url() -> str:
    base = os.environ["DATABASE_URL"]
    address, _, options = base.partition("?")
    name = connection.settings_dict["NAME"]
    return f"{address.rpartition('/')[0]}/{name}" + (f"?{options}" if options else "")
