"""`!label` and `!labels`: who holds which label, said and changed in chat."""

from collections.abc import Callable, Mapping, Sequence

from core_router.modules.labels.giving import add, create, remove
from core_router.modules.labels.telling import held, info, who
from core_router.sdk import Call, CommandSpec, Module, RefusedError, Reply, disarm, echo

LONGEST = 400


class Labels(Module):
    slug = "labels"
    title = "Labels"
    description = "Gives labels and takes them, and tells who holds which."
    commands = (
        CommandSpec(
            name="label",
            description="Gives a label or takes it away, makes one, or tells of it.",
            usage="add | remove <@user> <label> [7d] [reason], create | info | who <label>",
            min_args=2,
        ),
        CommandSpec(
            name="labels",
            description="Shows which labels you hold here, or somebody does.",
            usage="[@user]",
            cooldown_user_s=2,
            is_pure=True,
        ),
    )

    def handle(self, call: Call) -> Reply:
        if call.command == "labels":
            return _reply(held(call, call.args))
        action = VERBS.get(call.args[0].lower())
        if action is None:
            raise RefusedError("Usage: !label add, remove, create, info or who")
        return _reply(action(call, call.args[1:]))


def _reply(text: str) -> Reply:
    return Reply(disarm(echo(text, LONGEST)))


VERBS: Mapping[str, Callable[[Call, Sequence[str]], str]] = {
    "add": add,
    "give": add,
    "remove": remove,
    "take": remove,
    "create": create,
    "info": info,
    "who": who,
}
