"""Another process that imports over and over from when it is told to, until it is killed."""

import sys

import django

django.setup()

from labels.tasks import run_import  # noqa: E402

print("ready", flush=True)  # noqa: T201
sys.stdin.readline()
while True:
    run_import()
