"""What a collector needs of a platform: to listen to places, and to do things there."""

import random
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

Event = dict[str, Any]
"""As `POST /router/v1/events` takes it."""
Action = Mapping[str, Any]
Hear = Callable[[Event], None]

FIRST_REST_S: Final = 300.0
LONGEST_REST_S: Final = 3600.0


class GiveUpError(Exception):
    """Trying again is of no use: somebody has to look at the credentials. One line says why."""


class CannotError(Exception):
    """An action that this collector cannot carry out, and why."""


def backoff_s(failures: int, *, most: float = 60.0) -> float:
    """Return how long to wait after so many failures in a row: longer each time, never in step."""
    return random.uniform(0.5, 1.0) * min(most, 2.0 ** min(failures, 10) / 2)  # noqa: S311


def entity_of(event: Event) -> str:
    channel = event.get("channel_id")
    place = f"{event['platform']}+{event['server_id']}"
    return f"{place}+{channel}" if channel else place


def cleaned(text: str, most: int) -> str:
    """Return what PostgreSQL can keep of a text: no NUL, no half characters, not too long."""
    return text[:most].replace("\0", "").encode(errors="ignore").decode()


@dataclass
class Refusals:
    """Places that will not have us: they are left to others, and tried again ever more seldom."""

    clock: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[str, float, float]] = field(default_factory=dict)

    def note(self, entity: str, error: str) -> bool:
        """Return whether this is news."""
        _, rest_s, until = self._known.get(entity, ("", FIRST_REST_S / 2, 0.0))
        if until > self.clock():
            return False
        rest_s = min(rest_s * 2, LONGEST_REST_S)
        self._known[entity] = (error, rest_s, self.clock() + rest_s)
        return True

    def forget(self, entity: str) -> None:
        """It has let us in."""
        self._known.pop(entity, None)

    def resting(self) -> dict[str, str]:
        """Return the places that are not to be tried now, and what they said."""
        now = self.clock()
        return {entity: error for entity, (error, _, until) in self._known.items() if until > now}


class Platform(ABC):
    """One connection, or several, to a platform.

    It calls `hear` with each event of the places it listens to. What becomes of the events, and
    who listens to which place, is not its business.
    """

    slug: ClassVar[str]

    def __init__(self, hear: Hear) -> None:
        self.hear = hear
        self.refusals = Refusals()

    @abstractmethod
    async def run(self) -> None:
        """Stay connected until cancelled. Raises GiveUpError."""

    @abstractmethod
    def listen(self, entities: Collection[str]) -> None:
        """Listen to these places and no others; those among the refusals are left alone."""

    @abstractmethod
    async def act(self, entity: str, action: Action, event: Event | None) -> None:
        """Carry an action out, the answer to `event` or one that came later.

        Returns when the platform has it. Raises CannotError.
        """

    def unanswered(self, event: Event) -> None:
        """Nothing is to be done about an event. Where somebody waits for it, end that."""
        del event
