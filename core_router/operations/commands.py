"""Changing what a community can be called with.

All changes to one community's commands wait for each other, so its bounds hold and nobody is told
of a conflict that is none; the constraint `one_command_per_word` keeps the promise whatever comes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from core_router import registry
from core_router.data import EngineWish, normal_word
from core_router.engines.text import compile_template
from core_router.models import Command, CommandName, Engine
from core_router.operations import engines
from core_router.operations.engines import SIGNED, remove_engine, rotate_secret, save_engine
from core_router.operations.requirements import check_requirement, requirement_fields
from core_router.operations.upkeep import commands_changed
from core_router.operations.words import typed_word, typed_words
from core_router.queries.commands import aliases_of, command_row, to_requirement
from identity import api as identity
from labels.data import Requirement
from waddlebot.lib.cache import announce
from waddlebot.lib.errors import ConflictError, Flaw, InvalidError, NotFoundError
from waddlebot.lib.locks import hold

MOST_COMMANDS: Final = 1000
MOST_ALIASES: Final = 20
ANSWERS: Final[Mapping[str, Any]] = {"response": "", "module": "", "engine": None}


class CommandConflictError(ConflictError):
    """A word is taken; the detail names the command that owns it."""

    code = "command_conflict"


class TooManyCommandsError(ConflictError):
    code = "too_many_commands"


class InvalidCommandError(InvalidError):
    code = "invalid_command"


class UnknownModuleError(InvalidError):
    code = "unknown_module"


@dataclass(frozen=True, slots=True)
class CommandWish:
    """All that can be said of a command; one of `response`, `module` and `engine` answers it."""

    name: str
    prefix: str = "!"
    aliases: Sequence[str] = ()
    response: str = ""
    module: str = ""
    engine: EngineWish | None = None
    description: str = ""
    enabled: bool = True
    requires: Requirement = field(default_factory=Requirement)
    cooldown_user_s: float = 0
    cooldown_channel_s: float = 0
    limit_count: int | None = None
    limit_window_s: int | None = None
    platforms: Sequence[str] = ()
    entities: Sequence[str] = ()


def add_command(*, community_id: int, wish: CommandWish, actor: str, now: datetime) -> Command:
    """Raises a DomainError that says what is wrong, or whose a word is already."""
    wish = _checked(wish)
    with transaction.atomic():
        lock_commands(community_id)
        if Command.objects.filter(community_id=community_id).count() >= MOST_COMMANDS:
            raise TooManyCommandsError(f"A community has at most {MOST_COMMANDS} commands.")
        row = Command(community_id=community_id, created_at=now, **_fields(wish))
        if wish.engine:
            row.engine = save_engine(community_id=community_id, wish=wish.engine, now=now)
        row.save(force_insert=True)
        _take_words(row, wish)
        _tell(row, "command.added", actor, now, after=wish)
    return row


def change_command(
    *, community_id: int, command_id: int, changes: Mapping[str, Any], actor: str, now: datetime
) -> Command:
    """Change the named fields of a CommandWish. Giving one way to answer drops the other."""
    with transaction.atomic():
        lock_commands(community_id)
        row = command_row(community_id=community_id, command_id=command_id)
        before = wish_of(row)
        after = _checked(replace(before, **_with_one_answer(changes)))
        fields = _fields(after)
        for name, value in fields.items():
            setattr(row, name, value)
        dropped = _change_engine(row, after.engine, now)
        # Never `uses`: it is counted while we write.
        row.save(update_fields=[*fields, "engine", "updated_at"])
        if dropped:
            remove_engine(dropped.pk)
        _take_words(row, after)
        _tell(row, "command.changed", actor, now, before=before, after=after)
    return row


def remove_command(*, community_id: int, command_id: int, actor: str, now: datetime) -> None:
    with transaction.atomic():
        lock_commands(community_id)
        row = command_row(community_id=community_id, command_id=command_id)
        _tell(row, "command.removed", actor, now, before=wish_of(row))
        if row.engine_id:
            remove_engine(row.engine_id)
        else:
            row.delete()


def add_alias(
    *, community_id: int, command_id: int, alias: str, actor: str, now: datetime
) -> Command:
    with transaction.atomic():
        lock_commands(community_id)
        known = aliases_of(command_row(community_id=community_id, command_id=command_id))
        return change_command(
            community_id=community_id,
            command_id=command_id,
            changes={"aliases": (*known, alias)},
            actor=actor,
            now=now,
        )


def remove_alias(
    *, community_id: int, command_id: int, alias: str, actor: str, now: datetime
) -> Command:
    with transaction.atomic():
        lock_commands(community_id)
        row = command_row(community_id=community_id, command_id=command_id)
        known = aliases_of(row)
        gone = normal_word(alias.strip().removeprefix(row.prefix))
        if gone not in known:
            raise NotFoundError(f"{row} has no such alias.")
        return change_command(
            community_id=community_id,
            command_id=command_id,
            changes={"aliases": [word for word in known if word != gone]},
            actor=actor,
            now=now,
        )


def renew_secret(
    *, community_id: int, command_id: int, overlap_s: int, actor: str, now: datetime
) -> Command:
    """Give a command's engine a new secret, shown this once. Raises NotFoundError."""
    with transaction.atomic():
        lock_commands(community_id)
        row = command_row(community_id=community_id, command_id=command_id)
        if row.engine is None or row.engine.type not in SIGNED:
            raise NotFoundError(f"{row} is answered by nothing that we sign for.")
        rotate_secret(row.engine, overlap_s=overlap_s, now=now)
        wish = wish_of(row)
        _tell(row, "command.secret_rotated", actor, now, before=wish, after=wish)
    return row


def lock_commands(community_id: int) -> None:
    """Wait until nobody else changes this community's commands; held until the commit."""
    hold("commands of", community_id)


def wish_of(row: Command) -> CommandWish:
    return CommandWish(
        name=row.name,
        prefix=row.prefix,
        aliases=aliases_of(row),
        response=row.response,
        module=row.module,
        engine=engines.wish_of(row.engine) if row.engine else None,
        description=row.description,
        enabled=row.enabled,
        requires=to_requirement(vars(row)),
        cooldown_user_s=row.cooldown_user_s,
        cooldown_channel_s=row.cooldown_channel_s,
        limit_count=row.limit_count,
        limit_window_s=row.limit_window_s,
        platforms=row.platforms,
        entities=row.entities,
    )


def _with_one_answer(changes: Mapping[str, Any]) -> dict[str, Any]:
    given = [name for name in ANSWERS if changes.get(name)]
    if len(given) == 1:
        return {**ANSWERS, **changes}
    return dict(changes)


def _change_engine(row: Command, wish: EngineWish | None, now: datetime) -> Engine | None:
    """Give the command the engine it is to have; return the one it has no more."""
    before = row.engine
    if wish is None:
        row.engine = None
        return before
    row.engine = save_engine(community_id=row.community_id, wish=wish, row=before, now=now)
    return None


def _checked(wish: CommandWish) -> CommandWish:
    """Return the wish as it is stored. Raises what is wrong with it."""
    name = typed_word(wish.name, prefix=wish.prefix)
    aliases = typed_words(wish.aliases, prefix=wish.prefix, own=name)
    if len(aliases) > MOST_ALIASES:
        raise _invalid("#/aliases", f"A command has at most {MOST_ALIASES} aliases.")
    response = wish.response if wish.response.strip() else ""
    if [bool(response), bool(wish.module), wish.engine is not None].count(True) != 1:
        detail = "A command has exactly one of response, module and engine."
        raise _invalid("#/response", detail)
    if (wish.limit_count is None) is not (wish.limit_window_s is None):
        raise _invalid("#/rate_limit", "A rate limit has a count and a window_s.")
    check_requirement(wish.requires, pointer="#/requires")
    if response:
        compile_template(response)
    elif wish.module:
        name = _name_in_module(wish.module, name)
    return replace(wish, name=name, aliases=aliases, response=response)


def _name_in_module(slug: str, name: str) -> str:
    """Return the name; written as the module writes it, when it is one of its commands."""
    module = registry.module(slug)
    if module is None:
        detail = "There is no built-in module of that name."
        raise UnknownModuleError(detail, errors=[Flaw("#/module", detail)])
    own = (spec.name for spec in module.commands)
    return next((word for word in own if normal_word(word) == normal_word(name)), name)


def _invalid(pointer: str, detail: str) -> InvalidCommandError:
    return InvalidCommandError(detail, errors=[Flaw(pointer, detail)])


def _fields(wish: CommandWish) -> dict[str, Any]:
    return {
        "name": wish.name,
        "prefix": wish.prefix,
        "response": wish.response,
        "module": wish.module,
        "description": wish.description,
        "enabled": wish.enabled,
        "cooldown_user_s": wish.cooldown_user_s,
        "cooldown_channel_s": wish.cooldown_channel_s,
        "limit_count": wish.limit_count,
        "limit_window_s": wish.limit_window_s,
        "platforms": list(wish.platforms),
        "entities": list(wish.entities),
        "platform_roles": sorted(wish.requires.platform_roles),
        **requirement_fields(wish.requires),
    }


def _take_words(row: Command, wish: CommandWish) -> None:
    words = [normal_word(wish.name), *wish.aliases]
    had = row.names.order_by("id").values_list("prefix", "word")
    if list(had) == [(row.prefix, word) for word in words]:
        return
    taken = CommandName.objects.filter(
        community_id=row.community_id, prefix=row.prefix, word__in=words
    ).exclude(command=row)
    for owned in taken.select_related("command")[:1]:
        detail = f"{owned} belongs to {owned.command} already."
        place = words.index(owned.word)
        pointer = f"#/aliases/{place - 1}" if place else "#/name"
        raise CommandConflictError(detail, errors=[Flaw(pointer, detail)])
    row.names.all().delete()
    CommandName.objects.bulk_create(
        CommandName(community_id=row.community_id, command=row, prefix=row.prefix, word=word)
        for word in words
    )


def _tell(
    row: Command,
    action: str,
    actor: str,
    now: datetime,
    before: CommandWish | None = None,
    after: CommandWish | None = None,
) -> None:
    announce("commands", str(row.community_id))
    commands_changed(row.community_id, now=now)
    identity.record(
        category="audit",
        action=action,
        actor=actor,
        community_id=row.community_id,
        target=f"command:{row.pk}",
        details={"before": _told(before), "after": _told(after)},
        now=now,
    )


def _told(wish: CommandWish | None) -> dict[str, Any] | None:
    if wish is None:
        return None
    requires = wish.requires
    return {
        **asdict(replace(wish, engine=None)),
        "engine": engines.told(wish.engine) if wish.engine else None,
        "aliases": list(wish.aliases),
        "platforms": list(wish.platforms),
        "entities": list(wish.entities),
        "requires": {
            "min_role": requires.min_role,
            "any_label": sorted(requires.any_label),
            "platform_roles": sorted(requires.platform_roles),
        },
    }
