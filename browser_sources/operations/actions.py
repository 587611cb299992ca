"""The shapes of what an overlay can show (contract 2), checked when it is asked for."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from waddlebot.lib.errors import Flaw, InvalidError

SOMETHING: Final = r"\S"

Style: TypeAlias = Literal["default", "info", "success", "warning", "urgent"]
Priority: TypeAlias = Annotated[int, Meta(ge=1, le=10)]
Line: TypeAlias = Annotated[str, Meta(max_length=500)]
Address: TypeAlias = Annotated[str, Meta(max_length=2048, pattern=r"^https://[^\s/]")]
Milliseconds: TypeAlias = Annotated[int, Meta(ge=0, le=7 * 86_400_000)]
UntilReplaced: TypeAlias = Annotated[float, Meta(ge=0, le=86_400)]


class InvalidActionError(InvalidError):
    code = "invalid_action"


class Ticker(msgspec.Struct, tag_field="type", tag="ticker", frozen=True):
    text: Annotated[str, Meta(max_length=500, pattern=SOMETHING)]
    duration_s: Annotated[float, Meta(ge=1, le=3600)] = 10
    priority: Priority = 5
    style: Style = "default"

    @property
    def shows_for_s(self) -> float:
        return self.duration_s


class Media(msgspec.Struct, tag_field="type", tag="media", frozen=True, omit_defaults=True):
    media_type: Literal["track", "image", "video", "audio"]
    title: Line = ""
    artist: Line = ""
    album: Line = ""
    art_url: Address | None = None
    url: Address | None = None
    position_ms: Milliseconds | None = None
    duration_ms: Milliseconds | None = None
    requested_by: Annotated[str, Meta(max_length=100)] = ""
    duration_s: UntilReplaced | None = None
    priority: Priority = 5

    @property
    def shows_for_s(self) -> float:
        """Until the track is over; when nobody says how long it is, until the next one."""
        if self.duration_s is not None:
            return self.duration_s
        return max(0, (self.duration_ms or 0) - (self.position_ms or 0)) / 1000


class General(msgspec.Struct, tag_field="type", tag="general", frozen=True):
    content_type: Literal["text", "announcement", "alert", "form", "html"]
    content: Annotated[str, Meta(max_length=10_000, pattern=SOMETHING)]
    title: Line = ""
    duration_s: UntilReplaced = 10
    style: Style = "default"
    priority: Priority = 5

    @property
    def shows_for_s(self) -> float:
        return self.duration_s


OverlayAction: TypeAlias = Ticker | Media | General


def to_action(action: Mapping[str, Any]) -> OverlayAction:
    """Return the action, checked. What it does not know is left out."""
    try:
        found = msgspec.convert(dict(action), OverlayAction)
    except msgspec.ValidationError as error:
        raise InvalidActionError("This cannot be shown.", errors=[_flaw(error)]) from None
    checked: OverlayAction = found
    _refuse_unprintable(checked)
    return checked


def checked_action(action: Mapping[str, Any]) -> dict[str, Any]:
    """Return an action for overlays without what is not known of it. Raises InvalidActionError."""
    checked = to_action(action)
    return {"type": kind_of(checked), **fields_of(checked)}


def kind_of(action: OverlayAction) -> str:
    return str(action.__struct_config__.tag)


def fields_of(action: OverlayAction) -> dict[str, Any]:
    """Return what the page is told of it: the contract's fields without the type."""
    fields: dict[str, Any] = msgspec.to_builtins(action)
    del fields["type"]
    return fields


def _refuse_unprintable(action: OverlayAction) -> None:
    """Raise for what PostgreSQL or UTF-8 cannot hold. JSON from outside never has it."""
    for name, value in msgspec.structs.asdict(action).items():
        if isinstance(value, str) and ("\0" in value or _lossy(value) != value):
            flaw = Flaw(f"#/{name}", "This text cannot be shown.")
            raise InvalidActionError("This cannot be shown.", errors=[flaw])


def _lossy(text: str) -> str:
    return text.encode(errors="replace").decode()


def _flaw(error: msgspec.ValidationError) -> Flaw:
    detail, _, path = str(error).partition(" - at `$")
    return Flaw("#" + re.sub(r"[.\[]", "/", path.rstrip("`]")), _lossy(detail))
