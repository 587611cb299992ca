"""What a rule that hit asks to be done, as actions of the contract."""

from collections.abc import Mapping
from typing import Any, Final

from core_router.data import Action, Event, Hit, Rule

KINDS: Final = ("warn", "delete", "timeout", "ban", "reply")


def actions_of(hit: Hit, event: Event) -> list[Action]:
    return [_action(wish, hit.rule, event) for wish in hit.rule.actions]


def _action(wish: Mapping[str, Any], rule: Rule, event: Event) -> Action:
    message = event.message_id
    if wish["type"] == "reply":
        return {"type": "chat", "text": wish["text"], **({"reply_to": message} if message else {})}
    action = {"type": "moderate", "action": wish["type"], "user_id": event.user_id}
    if message:
        action["message_id"] = message
    if wish["type"] == "timeout":
        action["seconds"] = wish["seconds"]
    return {**action, "reason": wish.get("reason") or f"Rule: {rule.name}"}
