"""Are there enough arguments?"""

from core_router.data import Outcome, Reason
from core_router.engines.arguments import split_args
from core_router.pipeline.context import Context, Verdict
from core_router.registry import spec_of


def arguments(context: Context) -> Verdict | None:
    command = context.command
    if command is None:
        return None
    context.args = split_args(context.raw_args) if context.raw_args else ()
    context.detail = f"{len(context.args)} given"
    spec = spec_of(command.module, command.name) if command.module else None
    if spec is None or len(context.args) >= spec.min_args:
        return None
    usage = f"{command.prefix}{context.word} {spec.usage}".rstrip()
    return Verdict(
        Outcome.DENIED,
        Reason("missing_arguments", f"Usage: {usage}"),
        ({"type": "chat", "text": f"Usage: {usage}"},),
        remedy=f"at least {spec.min_args}",
    )
