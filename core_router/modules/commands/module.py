"""`!command`: text commands, managed from chat."""

from collections.abc import Callable, Mapping

from core_router.sdk import (
    Call,
    Command,
    CommandSpec,
    CommandWish,
    Module,
    RefusedError,
    Reply,
    Requirement,
    add_alias,
    add_command,
    change_command,
    command_table,
    echo,
    may_use,
    plain,
    remove_alias,
    remove_command,
)


class Commands(Module):
    slug = "commands"
    title = "Text commands"
    description = "Lets moderators add, edit and remove text commands from chat."
    commands = (
        CommandSpec(
            name="command",
            description="Adds, edits or removes a text command, or gives a command another name.",
            usage="add | edit <name> <text>, remove <name>, alias | unalias <name> <alias>",
            aliases=("cmd",),
            requires=Requirement(min_role="moderator"),
            min_args=2,
        ),
    )

    def handle(self, call: Call) -> Reply:
        # The text is taken as it was typed: its quotes are its own.
        verb, name, text = [*call.raw_args.split(None, 2), "", "", ""][:3]
        action = ACTIONS.get(verb.lower())
        if action is None or not name:
            raise _usage("add, edit, remove, alias or unalias")
        return Reply(action(call, name, plain(text).strip()))


def _add(call: Call, name: str, text: str) -> str:
    if not text:
        raise _usage("add <name> <text>")
    known = command_table(call.community.id).find("!", _word(name))
    if known is not None and known.response:
        raise RefusedError(f"!{known.name} is there already: !command edit {known.name} <text>")
    row = add_command(
        community_id=call.community.id,
        wish=CommandWish(name=_word(name), response=text),
        actor=_actor(call),
        now=call.now,
    )
    return f"Added !{row.name}."


def _edit(call: Call, name: str, text: str) -> str:
    if not text:
        raise _usage("edit <name> <text>")
    command = _text_command(call, name)
    change_command(
        community_id=call.community.id,
        command_id=command.id,
        changes={"response": text},
        actor=_actor(call),
        now=call.now,
    )
    return f"Changed !{command.name}."


def _remove(call: Call, name: str, _: str) -> str:
    command = _text_command(call, name)
    remove_command(
        community_id=call.community.id,
        command_id=command.id,
        actor=_actor(call),
        now=call.now,
    )
    return f"Removed !{command.name}."


def _alias(call: Call, name: str, alias: str) -> str:
    command, alias = _command(call, name), _one_word(alias, "alias <name> <alias>")
    add_alias(
        community_id=call.community.id,
        command_id=command.id,
        alias=alias,
        actor=_actor(call),
        now=call.now,
    )
    return f"!{echo(alias)} now calls !{command.name}."


def _unalias(call: Call, name: str, alias: str) -> str:
    command, alias = _command(call, name), _one_word(alias, "unalias <name> <alias>")
    remove_alias(
        community_id=call.community.id,
        command_id=command.id,
        alias=alias,
        actor=_actor(call),
        now=call.now,
    )
    return f"!{echo(alias)} is free again."


ACTIONS: Mapping[str, Callable[[Call, str, str], str]] = {
    "add": _add,
    "edit": _edit,
    "remove": _remove,
    "alias": _alias,
    "unalias": _unalias,
}


def _command(call: Call, name: str) -> Command:
    """Return a command the asker might use: nobody changes what is above them."""
    command = command_table(call.community.id).find("!", _word(name))
    if command is None:
        raise RefusedError(f"There is no command !{echo(_word(name), 50)} here.")
    if not may_use(call.caller, command):
        raise RefusedError(f"!{command.name} needs {command.requires.words}.")
    return command


def _text_command(call: Call, name: str) -> Command:
    command = _command(call, name)
    if command.module:
        raise RefusedError(f"!{command.name} belongs to the module {command.module}.")
    return command


def _word(name: str) -> str:
    return name.removeprefix("!")


def _one_word(text: str, usage: str) -> str:
    if not text or " " in text:
        raise _usage(usage)
    return _word(text)


def _usage(what: str) -> RefusedError:
    return RefusedError(f"Usage: !command {what}")


def _actor(call: Call) -> str:
    return f"user:{call.caller.user_id}"
