"""Giving labels, taking them and making them."""

from collections.abc import Callable, Sequence

from core_router.modules.labels.naming import (
    known,
    shown,
    text_of,
    until_and_why,
    whom,
)  # fmt: skip
from core_router.modules.labels.telling import bearer_of, lasting, way
from core_router.sdk import Call, RefusedError
from identity import api as identity
from labels import api as labels
from labels.data import Giver, Kind, LabelFacts, Pin, Result, Status


def add(call: Call, words: Sequence[str]) -> str:
    if len(words) < 2:  # noqa: PLR2004
        raise RefusedError("Usage: !label add <@user> <label> [7d] [reason]")
    somebody = whom(call, words[0])
    until, why = until_and_why(words[2:], call.now)
    there = labels.label_facts(community_id=call.community.id, name=words[1])
    # Before anything else is: whoever merges them holds them first, too.
    identity.hold_people([somebody.user_id])
    label = there or _made(call, words[1])
    _demand_right_to_give(call, label)
    instead = label.rivals & bearer_of(call, somebody).names
    pin = Pin(label.id, somebody.user_id, valid_until=until, reason=why)
    result = _written(call, labels.assign, pin)
    said = _given(somebody.name, label.name, result, instead) + lasting(until, call.now)
    return f"{said}." if there else f"{label.name} is a new label. {said}."


def remove(call: Call, words: Sequence[str]) -> str:
    if len(words) < 2:  # noqa: PLR2004
        raise RefusedError("Usage: !label remove <@user> <label>")
    somebody, label = whom(call, words[0]), known(call, words[1])
    _demand_right_to_give(call, label)
    result = _written(call, labels.remove, Pin(label.id, somebody.user_id))
    if result.status is Status.REMOVED:
        return f"{somebody.name} has {label.name} no more."
    by = bearer_of(call, somebody).label_among(frozenset({label.name}))
    if by is None:
        return f"{somebody.name} does not have {label.name}."
    return f"{somebody.name} was not given {label.name} and has it still{way(by, label.name)}."


def create(call: Call, words: Sequence[str]) -> str:
    if labels.label_facts(community_id=call.community.id, name=words[0]):
        raise RefusedError(f"There is a label {shown(words[0])} already.")
    name = _made(call, words[0], text_of(words[1:], "A description")).name
    return f"{name} is a new label. Give it with !label add <@user> {name}"


def _made(call: Call, name: str, description: str = "") -> LabelFacts:
    refusal = labels.refusal_to_make(call.caller.bearer, name)
    if refusal:
        raise RefusedError(f"There is no label {shown(name)} here. To make it, {refusal}")
    labels.make_label(
        community_id=call.community.id,
        name=name,
        description=description,
        actor=_actor(call),
        now=call.now,
    )
    return known(call, name)


def _demand_right_to_give(call: Call, label: LabelFacts) -> None:
    refusal = labels.refusal_to_give(call.caller.bearer, label)
    if refusal:
        raise RefusedError(f"{label.name} is not yours to give or take: {refusal}")


def _written(call: Call, write: Callable[..., list[Result]], pin: Pin) -> Result:
    (result,) = write(
        community_id=call.community.id,
        kind=Kind.USER,
        pins=[pin],
        giver=Giver(_actor(call)),
        now=call.now,
    )
    if result.status is Status.ERROR:
        raise RefusedError(result.detail)
    return result


def _given(name: str, label: str, result: Result, instead: frozenset[str]) -> str:
    if result.status is Status.UNCHANGED:
        return f"{name} has {label} already"
    replaced = f" instead of {', '.join(sorted(instead))}" if instead else ""
    return f"{name} has {label} now{replaced}"


def _actor(call: Call) -> str:
    return f"user:{call.caller.user_id}"
