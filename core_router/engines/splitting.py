"""Lines as long as a platform takes them: what is longer becomes several, split at words."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from core_router.data import Action
from waddlebot.platforms import platform

# Of a platform that is not known: as short as the shortest.
SHORTEST: Final = 500


def as_long_as_taken(actions: Sequence[Action], slug: str) -> Sequence[Action]:
    """Return the actions with no text longer than the platform `slug` takes it."""
    known = platform(slug)
    most = known.max_text if known else SHORTEST
    if all(len(action.get("text", "")) <= most for action in actions):
        return actions
    return [part for action in actions for part in _parts(action, most)]


def _parts(action: Action, most: int) -> Iterator[Action]:
    text = action.get("text", "")
    if action["type"] not in {"chat", "direct_message"} or len(text) <= most:
        yield action
        return
    for line in textwrap.wrap(text, most, break_on_hyphens=False, replace_whitespace=False):
        yield {**action, "text": line}
