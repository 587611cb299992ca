"""Texts with `${variables}` that answer events instead of commands."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from core_router.engines.text import InvalidTemplateError, TextContext, compile_template
from core_router.queries.counters import counter_values

if TYPE_CHECKING:
    from core_router.sdk import EventCall

AMOUNTS: Final[Mapping[str, tuple[str, ...]]] = {
    "cheer": ("bits",),
    "raid": ("viewers",),
    "resub": ("months", "cumulative_months"),
    "subgift": ("count", "total"),
    "donation": ("amount",),
    "boost": ("count",),
}
"""Where in the metadata an event says how much it is about."""
AMOUNT: Final = "${amount}"
LONGEST_AMOUNT: Final = 20


class EventText:
    """Compiled once. Raises `UnknownVariableError` or `InvalidTemplateError`."""

    def __init__(self, text: str) -> None:
        # It is filled in as a word of its own, which no event can bring.
        self._template = compile_template(text.replace(AMOUNT, "${9}"))
        if self._template.needs_count:
            raise InvalidTemplateError("${count} counts the uses of a command, and this is none.")

    def render(self, call: "EventCall") -> str:
        event, counters = call.event, self._template.counters
        return self._template.render(
            TextContext(
                user=call.caller.display_name,
                user_id=call.caller.public_id,
                now=call.now,
                args=("",) * 8 + (_amount_of(event.message_type, event.metadata),),
                raw_args=event.message_content,
                channel=event.channel_id or event.server_id,
                platform=event.platform,
                community=call.community.name,
                counters=counter_values(community_id=call.community.id, names=counters)
                if counters
                else {},
                labels=call.caller.labels,
            )
        )


def _amount_of(message_type: str, metadata: Mapping[str, object]) -> str:
    for name in AMOUNTS.get(message_type, ()):
        value = metadata.get(name)
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            return str(value)[:LONGEST_AMOUNT]
    return ""
