"""What is meant in chat: who, which label, for how long, and why."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core_router.sdk import Call, RefusedError, echo, plain
from identity import api as identity
from labels import api as labels
from labels.data import LabelFacts

LONGEST_NAME: Final = 40
LONGEST_TEXT: Final = 200
MOST_NAMED: Final = 5
# As Discord and Slack write who was picked: <@42>, <@!42>, <@U42|bob>.
MENTION: Final = re.compile(r"<@!?([^|>]+)(?:\|[^>]*)?>")
DURATION: Final = re.compile(r"(\d{1,6})([smhdw])", re.IGNORECASE)
UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
LONGEST_TIME: Final = timedelta(days=3653)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the community, and what they go by here."""

    user_id: int
    name: str


def whom(call: Call, text: str) -> Somebody:
    """Return who is meant by a mention, a name, a public id or an account like `twitch:42`."""
    platform = call.event.platform
    mention = MENTION.fullmatch(text)
    word = f"{platform}:{mention[1]}" if mention else text.removeprefix("@")
    if ":" in word or word.startswith("u_"):
        found = identity.find_people(community_id=call.community.id, references=[word])
        if user_id := found.get(word):
            return Somebody(user_id, names_of(call, [user_id])[user_id])
    return _called(call, word)


def known(call: Call, name: str) -> LabelFacts:
    label = labels.label_facts(community_id=call.community.id, name=name)
    if label is None:
        raise RefusedError(f"There is no label {shown(name)} here.")
    return label


def names_of(call: Call, user_ids: Sequence[int]) -> dict[int, str]:
    """Return what people go by where it is asked."""
    names = identity.names_here(user_ids=user_ids, platform=call.event.platform)
    return {user_id: shown(name) for user_id, name in names.items()}


def _called(call: Call, name: str) -> Somebody:
    platform = call.event.platform
    found = identity.people_called(
        community_id=call.community.id, platform=platform, user_name=name
    )
    if not found:
        raise RefusedError(f"Nobody called {shown(name)} has been seen here.")
    if len(found) > 1:
        accounts = " or ".join(each.account for each in found[:MOST_NAMED])
        raise RefusedError(f"Several go by {shown(name)} here: say {accounts}.")
    return Somebody(found[0].user_id, shown(found[0].name))


def until_and_why(words: Sequence[str], now: datetime) -> tuple[datetime | None, str]:
    """Read `[7d] [reason]`."""
    until = _until(words[0], now) if words else None
    return until, text_of(words if until is None else words[1:], "A reason")


def text_of(words: Sequence[str], what: str) -> str:
    text = plain(" ".join(words)).strip()
    if len(text) > LONGEST_TEXT:
        raise RefusedError(f"{what} has at most {LONGEST_TEXT} characters.")
    return text


def shown(name: str) -> str:
    """Return a name that somebody typed, fit to be repeated."""
    return echo(name, LONGEST_NAME)


def _until(word: str, now: datetime) -> datetime | None:
    found = DURATION.fullmatch(word)
    if found is None:
        return None
    lasts = int(found[1]) * UNITS[found[2].lower()]
    if not timedelta(0) < lasts <= LONGEST_TIME:
        raise RefusedError("A label is given for some seconds up to ten years, or for good.")
    return now + lasts
