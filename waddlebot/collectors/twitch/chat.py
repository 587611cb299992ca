"""Channels of Twitch, over as many connections as they need."""

import asyncio
import logging
from collections.abc import Collection
from typing import ClassVar, Final

from waddlebot.collectors.base import Action, CannotError, Event, Hear, Platform
from waddlebot.collectors.pace import Pace
from waddlebot.collectors.twitch.events import events_of
from waddlebot.collectors.twitch.options import CHANNELS_A_CONNECTION, Options
from waddlebot.collectors.twitch.session import Session, Tokens
from waddlebot.collectors.twitch.speech import Speech
from waddlebot.collectors.twitch.wire import Line

logger = logging.getLogger(__name__)

JOIN_WINDOW_S: Final = 10


class Twitch(Platform):
    slug: ClassVar[str] = "twitch"

    def __init__(self, hear: Hear, options: Options, tokens: Tokens) -> None:
        super().__init__(hear)
        self._options = options
        self._tokens = tokens
        self._joins = Pace(options.limits.joins_in_10_s, JOIN_WINDOW_S)
        self._speech = Speech(options.limits)
        self._sessions: list[Session] = []
        self._tasks: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        if not self._sessions:
            self._add_session()
        async with asyncio.TaskGroup() as self._tasks:
            for session in self._sessions:
                self._tasks.create_task(session.run())
            await asyncio.Event().wait()

    def listen(self, entities: Collection[str]) -> None:
        resting = self.refusals.resting().keys()
        wanted = {_channel_of(entity) for entity in set(entities) - resting}
        for session in self._sessions:
            session.part(session.channels.keys() - wanted)
            wanted -= session.channels.keys()
        for channel in sorted(wanted):
            self._session_with_room().join(channel)

    async def act(self, entity: str, action: Action, event: Event | None) -> None:
        del event  # Twitch needs to know no more than the action says.
        channel = _channel_of(entity)
        session = next((each for each in self._sessions if channel in each.channels), None)
        if session is None:
            raise CannotError("the bot is not in the channel")
        await self._speech.act(session, channel, action)

    def _session_with_room(self) -> Session:
        freest = min(self._sessions, key=lambda each: len(each.channels), default=None)
        if freest is None or len(freest.channels) >= CHANNELS_A_CONNECTION:
            return self._add_session()
        return freest

    def _add_session(self) -> Session:
        told = (self._heard, self._refused, self._let_in)
        session = Session(self._options, self._tokens, self._joins, *told)
        self._sessions.append(session)
        if self._tasks:
            self._tasks.create_task(session.run())
        return session

    def _heard(self, line: Line) -> None:
        for event in events_of(line, self.slug):
            self.hear(event)

    def _refused(self, channel: str, error: str) -> None:
        entity = f"{self.slug}+{channel}"
        if self.refusals.note(entity, error):
            logger.warning("A channel has refused us", extra={"entity": entity, "error": error})

    def _let_in(self, channel: str) -> None:
        self.refusals.forget(f"{self.slug}+{channel}")


def _channel_of(entity: str) -> str:
    return entity.split("+")[1].lower()
