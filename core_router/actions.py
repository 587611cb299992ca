"""Action type → who carries it out. What nobody here can do is left to the collector."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from browser_sources import api as browser_sources
from core_router.data import Action
from waddlebot.lib.errors import DomainError

Handler = Callable[[int, Action, datetime], None]
"""Carries an action out for a community, inside the caller's transaction."""

_handlers: dict[str, Handler] = {}


def register(action_type: str, handler: Handler) -> None:
    """Let `handler` carry out actions of a type. Raises ValueError when somebody does already."""
    if action_type in _handlers:
        raise ValueError(f"the action {action_type} has a handler already")
    _handlers[action_type] = handler


def carry_out(
    actions: Sequence[Action], *, community_id: int, now: datetime
) -> list[Mapping[str, Any]]:
    """Return the actions, each with `handled`: whether it has been done here."""
    return [_carry_out(action, community_id, now) for action in actions]


def _carry_out(action: Action, community_id: int, now: datetime) -> Mapping[str, Any]:
    handler = _handlers.get(action["type"])
    if handler is None:
        return {**action, "handled": False}
    try:
        handler(community_id, action, now)
    except DomainError as refusal:
        # A full overlay queue must not cost the chat line that came with it.
        return {**action, "handled": False, "error": refusal.code}
    return {**action, "handled": True}


def _show(community_id: int, action: Action, now: datetime) -> None:
    browser_sources.show(community_id=community_id, action=action, now=now)


for _type in ("ticker", "media", "general"):
    register(_type, _show)
