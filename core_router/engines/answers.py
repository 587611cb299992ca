"""What modules answer, checked: `{"actions": […]}`, or `{"text": "…"}` for a line of chat."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from browser_sources import api as browser_sources
from core_router.data import Action
from core_router.engines.base import Answer, EngineError
from core_router.engines.echo import plain
from waddlebot.lib.errors import DomainError
from waddlebot.lib.wire import decode

MOST_ACTIONS: Final = 10
LONGEST_TEXT: Final = 4000

Text = Annotated[str, Meta(min_length=1, max_length=LONGEST_TEXT)]
Line = Annotated[str, Meta(max_length=200)]
Id = Annotated[str, Meta(min_length=1, max_length=100)]
MessageId = Annotated[str, Meta(max_length=200)]
Address = Annotated[str, Meta(max_length=2000, pattern=r"^https://[!-~]+$")]


class Chat(msgspec.Struct, tag_field="type", tag="chat", omit_defaults=True):
    text: Text
    reply_to: MessageId | None = None
    ephemeral: bool = False


class DirectMessage(msgspec.Struct, tag_field="type", tag="direct_message"):
    user_id: Id
    text: Text


class Moderate(msgspec.Struct, tag_field="type", tag="moderate", omit_defaults=True):
    action: Literal["warn", "delete", "timeout", "ban", "untimeout", "unban"]
    user_id: Id
    reason: Annotated[str, Meta(max_length=500)] = ""
    message_id: MessageId | None = None
    seconds: Annotated[int, Meta(ge=1, le=1_209_600)] | None = None


class Role(msgspec.Struct, tag_field="type", tag="role"):
    action: Literal["grant", "revoke"]
    user_id: Id
    role_id: Id


class Field(msgspec.Struct, omit_defaults=True):
    name: Annotated[str, Meta(min_length=1, max_length=50)]
    type: Annotated[str, Meta(min_length=1, max_length=20)]
    label: Line
    required: bool = False
    options: Annotated[list[Line], Meta(max_length=50)] | None = None


class Form(msgspec.Struct, tag_field="type", tag="form", omit_defaults=True):
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    fields: Annotated[list[Field], Meta(min_length=1, max_length=20)]
    description: Annotated[str, Meta(max_length=2000)] | None = None
    submit_url: Address | None = None


OwnAction = Chat | DirectMessage | Moderate | Role | Form
OWN: Final = frozenset({"chat", "direct_message", "moderate", "role", "form"})
TYPES: Final = OWN | browser_sources.ACTION_TYPES
WITH_USER: Final = frozenset({"direct_message", "moderate", "role"})


def read_answer(body: bytes) -> Answer:
    """Raises EngineError, whose detail tells the module's author what is wrong and where."""
    if not body.strip():
        return Answer()
    try:
        value: Any = decode(body)
    except DomainError:
        raise EngineError("invalid_answer", "The module's answer is no sound JSON.") from None
    return to_answer(value)


def to_answer(value: object) -> Answer:
    """The same for what was decoded before."""
    if value is None:
        return Answer()
    if not isinstance(value, Mapping):
        raise EngineError("invalid_answer", "The module's answer is no JSON object.")
    text, actions, about = value.get("text"), value.get("actions"), value.get("execution_id")
    if not isinstance(text, str | None):
        raise EngineError("invalid_answer", "text: it is no text.")
    if text is not None and len(text) > LONGEST_TEXT:
        raise EngineError("text_too_long", f"text: at most {LONGEST_TEXT} characters.")
    named = None if about is None else str(about)
    return Answer(text=plain(text or ""), actions=read_actions(actions), about=named)


def read_actions(value: object) -> Sequence[Action]:
    """Return the actions, checked, without what is not known of them. Raises EngineError."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise EngineError("invalid_answer", "actions: it is no list.")
    if len(value) > MOST_ACTIONS:
        detail = f"actions: {len(value)} of them; at most {MOST_ACTIONS} are carried out."
        raise EngineError("too_many_actions", detail)
    return [_read(f"actions/{number}", item) for number, item in enumerate(value)]


def users_of(actions: Sequence[Action]) -> set[str]:
    """Return the accounts that actions are about."""
    return {str(action["user_id"]) for action in actions if action["type"] in WITH_USER}


def _read(place: str, item: object) -> Action:
    kind = item.get("type") if isinstance(item, Mapping) else None
    if not isinstance(item, Mapping) or not isinstance(kind, str):
        raise EngineError("invalid_action", f"{place}: an action is an object with a type.")
    if kind not in TYPES:
        known = ", ".join(sorted(TYPES))
        raise EngineError("unknown_action", f"{place}: no such type of action. There are {known}.")
    if kind not in OWN:
        return _overlay(place, item)
    try:
        found = msgspec.convert(item, OwnAction)
    except msgspec.ValidationError as error:
        code = "text_too_long" if _is_too_long(item) else "invalid_action"
        raise EngineError(code, f"{place}: {error}"[:300]) from None
    action: dict[str, Any] = msgspec.to_builtins(found)
    if isinstance(found, Chat | DirectMessage):
        action["text"] = plain(found.text)
    return action


def _overlay(place: str, item: Mapping[str, Any]) -> Action:
    try:
        return browser_sources.checked_action(item)
    except DomainError as error:
        flaws = "; ".join(f"{flaw.pointer}: {flaw.detail}" for flaw in error.errors)
        raise EngineError("invalid_action", f"{place}: {flaws or error.detail}"[:300]) from None


def _is_too_long(item: Mapping[str, Any]) -> bool:
    text = item.get("text")
    return isinstance(text, str) and len(text) > LONGEST_TEXT
