"""What the bot says in channels, no faster than it may."""

import asyncio
from typing import Final

from waddlebot.collectors.base import Action, CannotError
from waddlebot.collectors.pace import Pace
from waddlebot.collectors.pieces import pieces
from waddlebot.collectors.twitch.channels import Channel
from waddlebot.collectors.twitch.options import Limits
from waddlebot.collectors.twitch.session import Session
from waddlebot.collectors.twitch.wire import escaped, one_line

LONGEST_TEXT: Final = 500
LONGEST_BYTES: Final = 380
"""Of a line of other servers: 512 with its end, the command, and the prefix they put before it."""
WINDOW_S: Final = 30
BACK_WITHIN_S: Final = 60.0
AGAIN: Final = " \U000e0000"
"""An invisible end: Twitch drops what is said twice within half a minute."""
ELSEWHERE: Final = "IRC has no way to do it: connect the platform to WaddleBot itself"


class Speech:
    def __init__(self, limits: Limits) -> None:
        # What is said as a moderator counts for the greater limit alone, all else for both.
        self._all = Pace(limits.lines_as_moderator_in_30_s, WINDOW_S)
        self._others = Pace(limits.lines_in_30_s, WINDOW_S)

    async def act(self, session: Session, channel: str, action: Action) -> None:
        """Raises CannotError."""
        if action["type"] != "chat":
            raise CannotError(ELSEWHERE)
        state = session.channels[channel]
        try:
            async with asyncio.timeout(BACK_WITHIN_S):
                await state.joined.wait()
        except TimeoutError:
            raise CannotError("the bot is not in the channel") from None
        tags = self._tags(session, action)
        for text in _lines(session, one_line(str(action["text"]))):
            await self._turn(state)
            said = text + AGAIN if session.has_tags and text == state.last_said else text
            state.last_said = said
            session.send(f"{tags}PRIVMSG #{channel} :{said}")
            tags = ""

    def _tags(self, session: Session, action: Action) -> str:
        message_id = action.get("reply_to")
        if not message_id or not session.has_tags:
            return ""
        return f"@reply-parent-msg-id={escaped(str(message_id))} "

    async def _turn(self, state: Channel) -> None:
        if not state.is_moderator:
            await self._others.turn()
        await self._all.turn()


def _lines(session: Session, text: str) -> list[str]:
    """Return what goes over the line, none of it a command to the server."""
    if text[:1] in {"/", "."}:
        text = f"\x01ACTION {text[4:]}\x01" if text.startswith("/me ") else f"\u200b{text}"
    if session.has_tags:
        return list(pieces(text, LONGEST_TEXT))
    return list(pieces(text, LONGEST_BYTES, size=lambda part: len(part.encode())))
