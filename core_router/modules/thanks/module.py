"""`!thanks`: what is said to those who follow, subscribe, cheer, raid or join."""

from collections.abc import Collection, Mapping
from typing import Final

from core_router.modules.thanks.operations import set_text
from core_router.modules.thanks.queries import texts_of
from core_router.sdk import (
    Call,
    CommandSpec,
    EventCall,
    EventText,
    Module,
    RefusedError,
    Reply,
    Requirement,
    echo,
)
from waddlebot.lib.limits import hit

LONGEST: Final = 400
MOST_A_MINUTE: Final = 20
USUAL: Final[Mapping[str, str]] = {
    "follow": "Thank you for following, ${user}!",
    "subscription": "Thank you for subscribing, ${user}!",
    "resub": "${user} stays with us. Thank you!",
    "subgift": "${user} gives away subscriptions. Thank you!",
    "cheer": "${user} cheers with ${amount}. Thank you!",
    "raid": "${user} raids us with ${amount}. Welcome!",
    "host": "${user} is hosting us. Thank you!",
    "donation": "Thank you for your donation, ${user}!",
    "boost": "Thank you for the boost, ${user}!",
    "member_join": "Welcome, ${user}!",
}
"""What it can thank for, and the words it comes with."""


class Thanks(Module):
    slug = "thanks"
    title = "Thanks"
    description = "Thanks those who follow, subscribe, cheer, raid or join."
    commands = (
        CommandSpec(
            name="thanks",
            description="Shows who is thanked; sets what is said to them.",
            usage="[follow | subscription | cheer | raid | …] [text | on | off]",
            requires=Requirement(min_role="moderator"),
        ),
    )
    events = frozenset(USUAL)
    hears_purely = True

    def hears(self, community_id: int) -> Collection[str]:
        return texts_of(community_id).keys()

    def handle(self, call: Call) -> Reply:
        if not call.args:
            return Reply(_listed(texts_of(call.community.id)))
        kind, _, text = call.raw_args.partition(" ")
        if kind not in USUAL:
            raise RefusedError(f"Nobody is thanked for that. There are {', '.join(USUAL)}.")
        if not text.strip():
            return Reply(_shown(kind, texts_of(call.community.id).get(kind)))
        return Reply(_changed(call, kind, text.strip()))

    def handle_event(self, call: EventCall) -> Reply:
        text = texts_of(call.community.id).get(call.event.message_type)
        if text is None:
            return Reply()
        if not call.dry_run and not hit(_counter(call), MOST_A_MINUTE).allowed:
            return Reply()
        return Reply(EventText(text).render(call))


def _changed(call: Call, kind: str, text: str) -> str:
    text = {"on": USUAL[kind], "off": ""}.get(text.lower(), text)
    if len(text) > LONGEST:
        raise RefusedError(f"A text has at most {LONGEST} characters.")
    EventText(text)  # Raises what is wrong with it.
    set_text(
        community_id=call.community.id,
        message_type=kind,
        text=text,
        user_id=call.caller.user_id,
        now=call.now,
    )
    return _shown(kind, text)


def _listed(texts: Mapping[str, str]) -> str:
    if not texts:
        return "Nobody is thanked yet. Begin with: !thanks follow on"
    silent = ", ".join(sorted(USUAL.keys() - texts)) or "nothing"
    return f"Thanked for: {', '.join(sorted(texts))}. Silent: {silent}."


def _shown(kind: str, text: str | None) -> str:
    if not text:
        return f"Nothing is said for {kind}."
    return echo(f"For {kind} is said: {text}", LONGEST)


def _counter(call: EventCall) -> str:
    return f"wb:{{c{call.community.id}}}:thanks"
