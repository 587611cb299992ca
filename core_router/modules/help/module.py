"""`!help`: what the asker may use here."""

import re
from collections.abc import Sequence

from core_router.sdk import (
    Call,
    Command,
    CommandSpec,
    Limit,
    Module,
    RefusedError,
    Reply,
    command_table,
    echo,
    may_use,
    spec_of,
)

LONGEST = 400

_PAGE = re.compile(r"[0-9]{1,3}")


class Help(Module):
    slug = "help"
    title = "Help"
    description = "Lists the commands you may use, and explains each of them."
    commands = (
        CommandSpec(
            name="help",
            description="Lists the commands you may use, or explains one.",
            usage="[command | page]",
            cooldown_user_s=2,
            is_pure=True,
        ),
    )

    def handle(self, call: Call) -> Reply:
        asked = call.args[0] if call.args else ""
        command = _find(call, asked)
        if command is not None:
            return Reply(_explain(command))
        if asked and not _PAGE.fullmatch(asked):
            raise RefusedError(f"There is no command {echo(asked, 50)} here. Try !help.")
        return Reply(_page(_usable(call), max(int(asked or 1), 1)))


def _find(call: Call, asked: str) -> Command | None:
    table = command_table(call.community.id)
    for prefix in ("!", "#"):
        found = table.find(prefix, asked.removeprefix(prefix))
        if found is not None:
            return found
    return None


def _usable(call: Call) -> list[str]:
    """Return what the asker may call in this very place, by name."""
    return sorted(
        command.prefix + command.name
        for command in command_table(call.community.id).all
        if command.enabled and may_use(call.caller, command) and _is_here(command, call)
    )


def _is_here(command: Command, call: Call) -> bool:
    if not (command.platforms or command.entities):
        return True
    return call.event.platform in command.platforms or call.event.entity in command.entities


def _page(names: Sequence[str], number: int) -> str:
    pages = _split(names)
    if number > len(pages):
        raise RefusedError(f"The list has {len(pages)} pages only.")
    if not pages[0]:
        return "There is no command for you here."
    shown = ", ".join(pages[number - 1])
    left = sum(map(len, pages[number:]))
    if left:
        return f"{shown} … and {left} more: !help {number + 1}"
    return f"{shown}. More about one of them: !help <command>"


def _split(names: Sequence[str]) -> list[list[str]]:
    pages: list[list[str]] = [[]]
    room = LONGEST
    for name in names:
        room -= len(name) + 2
        if room < 0 and pages[-1]:
            pages.append([])
            room = LONGEST - len(name) - 2
        pages[-1].append(name)
    return pages


def _explain(command: Command) -> str:
    spec = spec_of(command.module, command.name) if command.module else None
    usage = f"{command.prefix}{command.name} {spec.usage if spec else ''}".rstrip()
    usual = "Is answered by a module." if command.engine else "Answers with a text."
    sentences = [command.description or (spec.description if spec else usual)]
    if not command.enabled:
        sentences.append("It is switched off here.")
    if meant_for := sorted(command.platforms | command.entities):
        sentences.append(f"Only for {', '.join(meant_for)}.")
    if (wanted := command.requires.words) != "nothing":
        sentences.append(f"Needs {wanted}.")
    sentences += [_in_words(limit) for limit in command.limits]
    if command.aliases:
        names = ", ".join(command.prefix + alias for alias in command.aliases)
        sentences.append(f"Also: {names}.")
    return echo(f"{usage}: {' '.join(sentences)}", LONGEST)


def _in_words(limit: Limit) -> str:
    each = {"user": "per person", "channel": "per channel"}.get(limit.scope, "in all")
    if limit.count == 1:
        return f"Once in {limit.window_s:g} s {each}."
    return f"{limit.count} times in {limit.window_s:g} s {each}."
