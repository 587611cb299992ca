"""Texts with `${variables}`, compiled once and rendered for each call. Nothing is evaluated."""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from core_router.data import normal_word
from core_router.engines.echo import disarm, echo
from waddlebot.lib.errors import DomainError, Flaw

LONGEST: Final = 2000

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_RANGE = re.compile(r"(-?\d{1,12})-(-?\d{1,12})")
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,30}(?:/[A-Za-z0-9_+-]{1,30}){0,2}")
_COUNTER = re.compile(r"[\w-]{1,50}")


class UnknownVariableError(DomainError):
    code = "unknown_variable"

    def __init__(self, name: str) -> None:
        detail = f"There is no variable ${{{echo(name, 60)}}}."
        super().__init__(detail, errors=[Flaw("#/response", detail)])
        self.name = name


class InvalidTemplateError(DomainError):
    """A known variable with an argument it cannot use."""

    code = "invalid_template"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, errors=[Flaw("#/response", detail)])


@dataclass(frozen=True, slots=True)
class TextContext:
    """What the variables stand for. `user` is the name to be shown, `user_id` the public id.

    `counters` and `labels` need hold only what the template names; `count` only if it asks.
    """

    user: str
    now: datetime
    user_id: str = ""
    args: tuple[str, ...] = ()
    raw_args: str = ""
    channel: str = ""
    platform: str = ""
    community: str = ""
    count: int = 0
    counters: Mapping[str, int] = field(default_factory=dict)
    labels: frozenset[str] = frozenset()


Part = Callable[[TextContext], str]


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled text, and what rendering it will need."""

    parts: tuple[str | Part, ...]
    needs_count: bool = False
    counters: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    fixed: str | None = None

    def render(self, context: TextContext) -> str:
        """Fill the variables in. What is filled in is never read again for variables."""
        if self.fixed is not None:
            return self.fixed
        pieces: list[str] = []
        room = LONGEST
        for part in self.parts:
            piece = part if isinstance(part, str) else echo(part(context), LONGEST)
            pieces.append(piece)
            room -= len(piece)
            if room <= 0:
                break
        line = "".join(pieces)[:LONGEST]
        # The author may open with a slash; somebody in chat may not.
        return line if isinstance(self.parts[0], str) else disarm(line)[:LONGEST]


def compile_template(text: str) -> Template:
    """Compile, or raise `UnknownVariableError` or `InvalidTemplateError`.

    A `${` that is never closed is only text.
    """
    if len(text) > LONGEST:
        raise InvalidTemplateError(f"A text has at most {LONGEST} characters.")
    parts: list[str | Part] = []
    names = [match[1] for match in _VARIABLE.finditer(text)]
    at = 0
    for match in _VARIABLE.finditer(text):
        if match.start() > at:
            parts.append(text[at : match.start()])
        parts.append(_variable(match[1]))
        at = match.end()
    if at < len(text):
        parts.append(text[at:])
    return Template(
        parts=tuple(parts),
        needs_count="count" in names,
        counters=frozenset(map(normal_word, _arguments(names, "counter"))),
        labels=frozenset(_arguments(names, "label")),
        fixed=None if names else text,
    )


def _arguments(names: list[str], kind: str) -> list[str]:
    pairs = (name.partition(":") for name in names)
    return [argument.strip() for word, _, argument in pairs if word == kind]


def _variable(name: str) -> Part:
    if "${" in name:
        raise InvalidTemplateError("A variable cannot stand inside another one.")
    if name in _PLAIN:
        return _PLAIN[name]
    if len(name) == 1 and name in "123456789":
        return _argument(int(name) - 1)
    word, _, argument = name.partition(":")
    if word in _WITH_ARGUMENT:
        return _WITH_ARGUMENT[word](argument.strip())
    raise UnknownVariableError(name)


def _argument(index: int) -> Part:
    return lambda context: context.args[index] if index < len(context.args) else ""


def _to_user(context: TextContext) -> str:
    named = context.args[0].removeprefix("@") if context.args else ""
    return named or context.user


def _random(argument: str) -> Part:
    found = _RANGE.fullmatch(argument)
    if found is None:
        raise InvalidTemplateError("${random:…} needs a range, like ${random:1-100}.")
    low, high = int(found[1]), int(found[2])
    if low > high:
        raise InvalidTemplateError(f"${{random:{argument}}} counts from a higher number down.")
    return lambda _: str(low + secrets.randbelow(high - low + 1))


def _choose(argument: str) -> Part:
    options = tuple(option.strip() for option in argument.split("|"))
    if not any(options):
        raise InvalidTemplateError("${choose:…} needs something to choose from: ${choose:a|b}.")
    return lambda _: secrets.choice(options)


def _time(argument: str) -> Part:
    zone = _zone(argument)
    return lambda context: context.now.astimezone(zone).strftime("%H:%M")


def _zone(name: str) -> ZoneInfo:
    try:
        if _ZONE.fullmatch(name):
            return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        # What ZoneInfo raises depends on what it met: no file, a folder, or no time zone in it.
        pass
    raise InvalidTemplateError(f"There is no time zone {echo(name, 60)!r}: try Europe/Berlin.")


def _counter(argument: str) -> Part:
    name = normal_word(argument)
    if not _COUNTER.fullmatch(name):
        raise InvalidTemplateError("${counter:…} needs the name of a counter: ${counter:deaths}.")
    return lambda context: str(context.counters.get(name, 0))


def _label(argument: str) -> Part:
    """The label's own name when the asker carries it, otherwise nothing."""
    if not argument:
        raise InvalidTemplateError("${label:…} needs the name of a label: ${label:vip}.")
    return lambda context: argument if argument in context.labels else ""


_PLAIN: Final[Mapping[str, Part]] = {
    "user": lambda context: context.user,
    "user.id": lambda context: context.user_id,
    "args": lambda context: context.raw_args,
    "touser": _to_user,
    "count": lambda context: str(context.count),
    "channel": lambda context: context.channel,
    "platform": lambda context: context.platform,
    "community": lambda context: context.community,
}
_WITH_ARGUMENT: Final[Mapping[str, Callable[[str], Part]]] = {
    "random": _random,
    "choose": _choose,
    "time": _time,
    "counter": _counter,
    "label": _label,
}
