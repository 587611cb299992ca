"""What a community can be called with, in memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Prefetch, QuerySet

from core_router.data import Command, EngineRef, Limit, normal_word
from core_router.models import Command as CommandRow
from core_router.models import CommandName, Engine
from core_router.queries.engines import ref_of
from labels.data import Question, Requirement
from waddlebot.lib.cache import LocalCache
from waddlebot.lib.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class CommandTable:
    """The commands of one community, switched off ones too, and every word that calls them."""

    all: tuple[Command, ...]
    words: Mapping[str, Command]

    def find(self, prefix: str, word: str) -> Command | None:
        return self.words.get(prefix + normal_word(word))


def command_table(community_id: int) -> CommandTable:
    return _tables.get(str(community_id))


def load_command_table(community_id: str) -> CommandTable:
    rows = (
        CommandRow.objects.filter(community_id=int(community_id))
        .annotate(words=ArrayAgg("names__word", order_by="names__id"))
        .order_by("id")
        .values()
    )
    asked = [row["engine_id"] for row in rows if row["engine_id"]]
    engines = {row.pk: ref_of(row) for row in Engine.objects.filter(pk__in=asked)} if asked else {}
    commands: list[Command] = []
    words: dict[str, Command] = {}
    for row in rows:
        command = to_command(row, engines.get(row["engine_id"]))
        commands.append(command)
        words.update((command.prefix + word, command) for word in row["words"] if word)
    return CommandTable(tuple(commands), words)


def command_rows(community_id: int) -> QuerySet[CommandRow]:
    rows = CommandRow.objects.filter(community_id=community_id).select_related("engine")
    return rows.prefetch_related(Prefetch("names", CommandName.objects.order_by("id")))


def command_row(*, community_id: int, command_id: int) -> CommandRow:
    """Raises NotFoundError: unknown, or not yours."""
    row = command_rows(community_id).filter(pk=command_id).first()
    if row is None:
        raise NotFoundError
    return row


def aliases_of(row: CommandRow) -> tuple[str, ...]:
    own = normal_word(row.name)
    names = sorted(row.names.all(), key=lambda name: name.pk)
    return tuple(name.word for name in names if name.word != own)


def to_command(row: Mapping[str, Any], engine: EngineRef | None = None) -> Command:
    own = normal_word(row["name"])
    return Command(
        id=row["id"],
        prefix=row["prefix"],
        name=row["name"],
        aliases=tuple(word for word in row["words"] if word and word != own),
        description=row["description"],
        enabled=row["enabled"],
        requires=to_requirement(row),
        limits=tuple(_limits(row)),
        response=row["response"],
        module=row["module"],
        engine=engine,
        platforms=frozenset(row["platforms"]),
        entities=frozenset(row["entities"]),
    )


def to_requirement(row: Mapping[str, Any]) -> Requirement:
    return Requirement(
        min_role=row["min_role"],
        any_label=frozenset(row["any_label"]),
        platform_roles=frozenset(row.get("platform_roles", ())),
    )


def question_of(command: Command) -> Question:
    """Return who may use a command: whom it is meant for, and whom a label grants it."""
    return Question(
        title=f"{command.prefix}{command.name}",
        permission=f"commands:{normal_word(command.name)}",
        requires=command.requires,
        description=command.description,
    )


class CommandArea:
    """The permissions `commands:<name>`: each command by its name, whatever its prefix."""

    def normal(self, name: str) -> str:
        return normal_word(name)

    def question(self, *, community_id: int, name: str) -> Question | None:
        """Return who may use the command that is called by this word."""
        table = command_table(community_id)
        found = table.find("!", name) or table.find("#", name)
        return question_of(found) if found else None

    def questions(self, *, community_id: int) -> list[Question]:
        by_name = {
            normal_word(command.name): command
            for command in sorted(
                command_table(community_id).all, key=lambda command: command.prefix, reverse=True
            )
        }
        return [question_of(command) for command in by_name.values()]


def _limits(row: Mapping[str, Any]) -> list[Limit]:
    limits = [
        Limit(1, row[f"cooldown_{scope}_s"], scope)
        for scope in ("user", "channel")
        if row[f"cooldown_{scope}_s"]
    ]
    if row["limit_count"]:
        limits.append(Limit(row["limit_count"], row["limit_window_s"], "command"))
    return limits


_tables = LocalCache("commands", load_command_table)
