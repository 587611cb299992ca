"""Another process that writes points over and over, until it is killed."""

import sys

import django

django.setup()

from django.utils import timezone  # noqa: E402

from identity.operations.reputation import flush  # noqa: E402

print("ready", flush=True)  # noqa: T201
while True:
    print(flush(now=timezone.now()), file=sys.stderr, flush=True)  # noqa: T201
