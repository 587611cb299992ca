"""Another process: for each line it reads, a key, it says whether it takes that key."""

import sys

import django

django.setup()

from identity import api as identity  # noqa: E402

for line in sys.stdin:
    try:
        identity.authenticate(line.strip(), ip="203.0.113.9")
    except identity.BadCredentialsError:
        print("refused", flush=True)  # noqa: T201
    else:
        print("taken", flush=True)  # noqa: T201
