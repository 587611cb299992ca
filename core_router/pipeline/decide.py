"""The checks that need no more than this process' memory, in the contract's order."""

from core_router.pipeline.arguments import arguments
from core_router.pipeline.context import Context, Step
from core_router.pipeline.enabled import enabled, place
from core_router.pipeline.entity import entity
from core_router.pipeline.lookup import lookup
from core_router.pipeline.moderation import moderation
from core_router.pipeline.permission import permission

CHECKS: tuple[tuple[str, Step], ...] = (
    ("entity", entity),
    ("moderation", moderation),
    ("lookup", lookup),
    ("enabled", enabled),
    ("place", place),
    ("permission", permission),
    ("arguments", arguments),
)


def decide(context: Context) -> None:
    """Take an event as far as it gets without Redis. Changes nothing outside the context."""
    for name, check in CHECKS:
        context.verdict = check(context)
        if context.tracing:
            context.note(name, context.verdict)
        if context.verdict is not None:
            return
