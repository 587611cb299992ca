"""`!counter`: numbers a community keeps."""

import re

from core_router.sdk import (
    Call,
    CommandSpec,
    Module,
    RefusedError,
    Reply,
    Role,
    add_to_counter,
    counter_list,
    counter_name,
    counter_values,
    echo,
    remove_counter,
    set_counter,
)

LONGEST = 400

_STEP = re.compile(r"([+-])\s*([0-9]{0,13})")
_NUMBER = re.compile(r"[+-]?[0-9]{1,13}")


class Counters(Module):
    slug = "counter"
    title = "Counters"
    description = "Counts deaths, wins and whatever else a community counts."
    commands = (
        CommandSpec(
            name="counter",
            description="Shows a counter; moderators count, set, reset and remove it.",
            usage="[name] [+ | - | +N | -N | set N | reset | remove]",
            aliases=("counters",),
        ),
    )

    def handle(self, call: Call) -> Reply:
        if not call.args:
            return Reply(_all(call.community.id))
        name = counter_name(call.args[0])
        change = " ".join(call.args[1:]).lower()
        if not change:
            return Reply(_one(call.community.id, name))
        call.demand(Role.MODERATOR, "change a counter")
        return Reply(_change(call.community.id, name, change))


def _all(community_id: int) -> str:
    counters = counter_list(community_id)
    if not counters:
        return "Nothing is counted here yet. A moderator starts with !counter <name> +"
    return echo(", ".join(f"{name}: {value}" for name, value in counters.items()), LONGEST)


def _one(community_id: int, name: str) -> str:
    values = counter_values(community_id=community_id, names=[name])
    if name not in values:
        raise RefusedError(f"There is no counter {name}. A moderator starts it: !counter {name} +")
    return f"{name}: {values[name]}"


def _change(community_id: int, name: str, change: str) -> str:
    word, _, rest = change.partition(" ")
    if step := _STEP.fullmatch(change):
        by = int(step[1] + (step[2] or "1"))
        value = add_to_counter(community_id=community_id, name=name, by=by)
    elif word == "set" and _NUMBER.fullmatch(rest):
        value = set_counter(community_id=community_id, name=name, value=int(rest))
    elif change == "reset":
        value = set_counter(community_id=community_id, name=name, value=0)
    elif change == "remove":
        remove_counter(community_id=community_id, name=name)
        return f"The counter {name} is gone."
    else:
        raise RefusedError(f"Usage: !counter {name} + or -, +N or -N, set N, reset, remove")
    return f"{name}: {value}"
