"""May this person use the command?"""

from core_router.data import Outcome, Reason
from core_router.pipeline.context import Context, Verdict
from core_router.pipeline.people import caller
from core_router.queries.commands import question_of
from labels import api as labels


def permission(context: Context) -> Verdict | None:
    command = context.command
    if command is None:
        return None
    someone, question = caller(context), question_of(command)
    if context.tracing:
        # Read by others than who asked: it speaks of them, and names nobody.
        context.detail = labels.judge(someone.bearer, question).reason
    if someone.bearer.may(question):
        return None
    decision = labels.judge(someone.bearer, question, told_to=someone.user_id)
    return Verdict(
        Outcome.DENIED,
        Reason("not_permitted", decision.reason),
        remedy=command.requires.words,
    )
