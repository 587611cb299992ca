"""Fill an empty database with one community, run as a program; prints a `World` as JSON."""

import subprocess
import sys
from collections.abc import Mapping

import msgspec

from benchmarks._requests import ENTITY

COMMANDS = 100
UNBOUNDED = 2_000_000_000


class World(msgspec.Struct):
    community_id: int
    user_id: int
    key: str


def make(env: Mapping[str, str]) -> World:
    """Build it with a process of its own, whose Django knows the servers in `env`."""
    command = [sys.executable, "-m", "benchmarks._world"]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True)  # noqa: S603
    return msgspec.json.decode(done.stdout, type=World)


def build() -> World:
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from identity import api as identity
    from waddlebot.tasks import make_partitions

    call_command("migrate", interactive=False, verbosity=0)
    make_partitions()
    owner = identity.create_user(username="owner", is_staff=True)
    place = identity.create_community(
        name="The Bench", slug="bench", owner_id=owner.id, now=timezone.now()
    )
    key = identity.create_key(
        user_id=owner.id,
        name="bench",
        scopes=["events:write"],
        community_id=place.id,
        requests_per_minute=UNBOUNDED,
    )
    _furnish(place.id)
    return World(place.id, owner.id, key.full)


def _furnish(community_id: int) -> None:
    from django.utils import timezone

    from core_router import api as core_router

    platform, server_id = ENTITY.split("+")
    core_router.claim_entity(
        community_id=community_id,
        platform=platform,
        server_id=server_id,
        proven=True,
        now=timezone.now(),
    )
    for name in ("hello", *(f"text{number}" for number in range(COMMANDS))):
        core_router.add_command(
            community_id=community_id,
            wish=core_router.CommandWish(name=name, response="Hello ${user}! You said: ${args}"),
            actor="bench",
            now=timezone.now(),
        )


if __name__ == "__main__":
    print(msgspec.json.encode(build()).decode())
