"""`waddlebot labels import`: a file of assignments, and how far it is."""

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

from waddlebot.cli.attach import add_data_option, use_django
from waddlebot.runtime.folder import Refusal

IN_WORK: Final = ("queued", "running")
LOOK_EVERY_S: Final = 0.2
FEW: Final = 5
STDIN: Final = "-"


def add(commands: Any) -> None:
    parser = commands.add_parser("labels", help="give and take labels by the file")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    load = actions.add_parser(
        "import",
        help="do what a CSV says, and show how far it is",
        description="Columns: label; object_id, or platform and platform_user_id (with user_name "
        "somebody new is made); kind, action, valid_from, valid_until and reason as needed. "
        "Ctrl-C cancels between two chunks.",
    )
    load.add_argument("file", metavar="FILE", help="a CSV in UTF-8, or - for what is piped in")
    load.add_argument("--community", metavar="SLUG", help="where (default: the only one there is)")
    load.add_argument(
        "--kind",
        default="user",
        choices=["user", "community", "module", "entity_group"],
        help="of lines that name none (default: user)",
    )
    load.add_argument("--remove", action="store_true", help="take the labels away")
    load.add_argument("--dry-run", action="store_true", help="tell what would happen, do nothing")
    load.add_argument("--strict", action="store_true", help="fail when a line fails")
    load.add_argument("--json", action="store_true", help="print the job as JSON when it ended")
    add_data_option(load)
    load.set_defaults(run=run_import)


def run_import(options: argparse.Namespace) -> int:
    use_django(options)
    from waddlebot.cli.progress import Bars

    with opened(options.file) as file, Bars(is_shown=not options.json) as bars:
        job_id = send(bars.sending(file), options)
        try:
            job = follow(job_id, bars)
        except KeyboardInterrupt:
            job = stop(job_id)
    if options.json:
        print(json.dumps(job, indent=2))
    else:
        print("\n".join(summary(job)), file=sys.stderr)
    return exit_status(job, is_strict=options.strict)


def opened(name: str) -> contextlib.AbstractContextManager[IO[bytes]]:
    if name == STDIN:
        return contextlib.nullcontext(sys.stdin.buffer)
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise Refusal(f"{name} cannot be read: {error.strerror}") from None


def send(stream: Any, options: argparse.Namespace) -> str:
    from django.utils import timezone

    from labels import api as labels
    from labels.data import Kind

    order = labels.ImportOrder(
        community_id=_community(options.community),
        actor="command line",
        asker_id=None,
        kind=Kind(options.kind),
        removes=options.remove,
        is_trial=options.dry_run,
    )
    received = labels.receive_import(stream=stream, size=None, order=order, clock=timezone.now)
    return str(received.facts["id"])


def follow(job_id: str, bars: Any) -> dict[str, Any]:
    """Show how far a job is until it ends, and return it then."""
    from labels import api as labels
    from waddlebot.lib.worker import workers_alive

    if not workers_alive():
        print("no worker is running: the import waits for one", file=sys.stderr)
    while (job := _as_json(labels.job_facts(job_id)))["state"] in IN_WORK:
        bars.show(job)
        time.sleep(LOOK_EVERY_S)
    bars.show(job)
    return job


def stop(job_id: str) -> dict[str, Any]:
    from django.utils import timezone

    from labels import api as labels
    from waddlebot.lib.errors import ConflictError

    with contextlib.suppress(ConflictError):  # It has just ended.
        labels.cancel_job(UUID(job_id), actor="command line", now=timezone.now())
    return _as_json(labels.job_facts(job_id))


def summary(job: dict[str, Any]) -> Iterator[str]:
    """Yield what a person wants to know of a job that ended."""
    counts = ("created", "replaced", "unchanged", "removed")
    told = ", ".join(f"{job[name]:,} {name}" for name in counts if job[name])
    trial = " (dry run: nothing is written)" if job["dry_run"] else ""
    far = f"{job['done']:,} of {job['total']:,} lines"
    yield f"{job['state']}: {far}{trial}; {told or 'nothing new'}"
    if job["failure"]:
        yield job["failure"]
    if job["error_count"]:
        yield f"{job['error_count']:,} lines failed:"
        yield from (f"  line {e['line']}: {e['detail']}" for e in job["errors"][:FEW])
        yield f"all of them: GET /labels/v1/jobs/{job['id']}/result?only=errors"


def exit_status(job: dict[str, Any], *, is_strict: bool) -> int:
    return int(job["state"] != "done" or (is_strict and job["error_count"] > 0))


def _community(slug: str | None) -> int:
    from identity import api as identity

    if slug is None:
        ids = identity.community_ids(after=0, limit=2)
        if len(ids) != 1:
            raise Refusal("name a community with --community: there is more than one, or none")
        return ids[0]
    place = identity.tenant(slug)
    if place is None:
        raise Refusal(f"there is no community {slug!r}")
    return place.id


def _as_json(facts: dict[str, Any]) -> dict[str, Any]:
    """Return a job as the API shows it."""
    from waddlebot.lib.wire import encode

    shown: dict[str, Any] = json.loads(encode(facts))
    return shown
