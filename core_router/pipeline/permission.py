"""May this person use the command?"""

from core_router.data import Outcome, Reason
from core_router.pipeline.context import Context, Verdict
from core_router.pipeline.people import caller
from core_router.sdk import in_words, meets


def permission(context: Context) -> Verdict | None:
    command = context.command
    if command is None:
        return None
    someone = caller(context)
    if context.tracing:
        context.detail = f"asks for {in_words(command.requires)}; the asker is {_seen(context)}"
    if meets(someone, command.requires):
        return None
    wanted = in_words(command.requires)
    return Verdict(
        Outcome.DENIED,
        Reason("not_permitted", f"{command.prefix}{command.name} needs {wanted}."),
        remedy=wanted,
    )


def _seen(context: Context) -> str:
    someone = caller(context)
    role = someone.role.word if someone.role else "without a role here"
    held = ", ".join(sorted(someone.labels))
    return f"{role}, labelled {held}" if held else role
