"""What a module outside has answered: checked against who is there, cut for its platform, done."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from core_router.actions import carry_out
from core_router.data import Action
from core_router.engines.answers import users_of
from core_router.engines.base import Answer, EngineError
from core_router.engines.splitting import as_long_as_taken
from identity import api as identity

BROKEN: Final = "Sorry, that command does not answer right now."


def carry_out_answer(
    answer: Answer,
    *,
    community_id: int,
    entity: str,
    message_id: str = "",
    present: Collection[str] = (),
    now: datetime,
) -> list[Mapping[str, Any]]:
    """Return the actions, each with `handled`: whether it has been done here.

    `message_id` is replied to; `present` are accounts that are certainly here. Raises
    EngineError when an action is about anybody else whom the community has never seen.
    """
    platform = entity.partition("+")[0]
    lines = lines_of(answer.text, entity=entity, message_id=message_id)
    actions = as_long_as_taken((*lines, *answer.actions), platform)
    _refuse_strangers(users_of(actions) - {*present}, platform, community_id)
    return carry_out(actions, community_id=community_id, now=now)


def lines_of(text: str, *, entity: str, message_id: str = "") -> Sequence[Action]:
    """Return a text as the chat lines that say it."""
    # No platform takes an empty line.
    if not text.strip():
        return ()
    reply_to = {"reply_to": message_id} if message_id else {}
    line = {"type": "chat", "text": text, **reply_to, "handled": False}
    return as_long_as_taken((line,), entity.partition("+")[0])


def _refuse_strangers(users: Collection[str], platform: str, community_id: int) -> None:
    """A module acts on those who are here, never on anybody whose number it guessed."""
    if not users:
        return
    accounts = {f"{platform}:{each}" for each in users}
    known = identity.find_people(community_id=community_id, references=accounts)
    if accounts - known.keys():
        detail = "actions: somebody they are about was never seen in this community."
        raise EngineError("foreign_user", detail)
