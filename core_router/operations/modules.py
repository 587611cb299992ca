"""Giving communities the commands of the built-in modules, each module once."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db import transaction

from core_router import registry
from core_router.data import normal_word
from core_router.models import Command, CommandName, CommunityModule
from core_router.operations.commands import lock_commands
from identity import api as identity
from waddlebot.lib.cache import announce

if TYPE_CHECKING:
    from core_router.sdk import CommandSpec, Module

PREFIX: Final = "!"
BATCH: Final = 200


def give_modules(*, community_id: int, now: datetime) -> int:
    """Give a community what it was never given, and return how many modules that were.

    A word the community uses already stays as it is; a command it has removed does not come back.
    """
    with transaction.atomic():
        lock_commands(community_id)
        new = _not_given(community_id)
        if not new:
            return 0
        names = CommandName.objects.filter(community_id=community_id, prefix=PREFIX)
        taken = set(names.values_list("word", flat=True))
        words = [_words(spec, taken) for module in new for spec in module.commands]
        rows = [
            _row(spec, module, community_id, now) for module in new for spec in module.commands
        ]
        kept = [(row, free) for row, free in zip(rows, words, strict=True) if free]
        Command.objects.bulk_create(row for row, _ in kept)
        CommandName.objects.bulk_create(
            CommandName(community_id=community_id, command=row, prefix=PREFIX, word=word)
            for row, free in kept
            for word in free
        )
        CommunityModule.objects.bulk_create(
            CommunityModule(community_id=community_id, slug=module.slug, created_at=now)
            for module in new
        )
        announce("commands", str(community_id))
    return len(new)


def sync_modules(*, now: datetime) -> int:
    """Give every community the modules that came since, and return how many got some."""
    return sum(
        give_modules(community_id=community_id, now=now) > 0
        for batch in _communities()
        for community_id in _lacking(batch)
    )


def _not_given(community_id: int) -> "list[Module]":
    given = CommunityModule.objects.filter(community_id=community_id)
    slugs = set(given.values_list("slug", flat=True))
    return [module for module in registry.all_modules() if module.slug not in slugs]


def _words(spec: "CommandSpec", taken: set[str]) -> list[str]:
    """Take the words that are free; none when the name itself is not."""
    if normal_word(spec.name) in taken:
        return []
    free = [word for word in map(normal_word, (spec.name, *spec.aliases)) if word not in taken]
    taken.update(free)
    return free


def _row(spec: "CommandSpec", module: "Module", community_id: int, now: datetime) -> Command:
    return Command(
        community_id=community_id,
        prefix=PREFIX,
        name=spec.name,
        module=module.slug,
        description=spec.description,
        min_role=spec.requires.min_role,
        any_label=sorted(spec.requires.any_label),
        platform_roles=sorted(spec.requires.platform_roles),
        cooldown_user_s=spec.cooldown_user_s,
        cooldown_channel_s=spec.cooldown_channel_s,
        created_at=now,
    )


def _communities() -> Iterator[list[int]]:
    batch = identity.community_ids(after=0, limit=BATCH)
    while batch:
        yield batch
        batch = identity.community_ids(after=batch[-1], limit=BATCH)


def _lacking(community_ids: list[int]) -> list[int]:
    slugs = {module.slug for module in registry.all_modules()}
    given: dict[int, set[str]] = {}
    rows = CommunityModule.objects.filter(community_id__in=community_ids)
    for community_id, slug in rows.values_list("community_id", "slug"):
        given.setdefault(community_id, set()).add(slug)
    return [each for each in community_ids if slugs - given.get(each, set())]
