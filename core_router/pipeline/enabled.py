"""Is the command switched on, and meant for this place?"""

from core_router.data import Outcome, Reason
from core_router.pipeline.context import Context, Verdict


def enabled(context: Context) -> Verdict | None:
    command = context.command
    if command is None or command.enabled:
        context.detail = "switched on"
        return None
    context.detail = "switched off"
    return Verdict(
        Outcome.DENIED,
        Reason("command_disabled", f"{command.prefix}{command.name} is switched off here."),
        remedy="switching the command on",
    )


def place(context: Context) -> Verdict | None:
    command, event = context.command, context.event
    if command is None or not (command.platforms or command.entities):
        context.detail = "for every platform and channel"
        return None
    if event.platform in command.platforms or event.entity in command.entities:
        context.detail = "meant for this place"
        return None
    meant_for = ", ".join(sorted(command.platforms | command.entities))
    context.detail = f"only for {meant_for}"
    return Verdict(
        Outcome.DENIED,
        Reason("not_here", f"{command.prefix}{command.name} is not meant for this channel."),
        remedy=f"calling it from {meant_for}",
    )
