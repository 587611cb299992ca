"""`!ticker`, `!alert`, `!announce`: words from chat onto the overlay."""

from typing import Final

from core_router.sdk import Action, Call, CommandSpec, Module, RefusedError, Reply, Requirement

LONGEST: Final = 500
"""Of a ticker (contract 2), and all that a chat line on Twitch can hold."""
MODERATORS: Final = Requirement(min_role="moderator")


class Overlay(Module):
    slug = "overlay"
    title = "Overlay"
    description = "Shows what a moderator types on the stream."
    commands = (
        CommandSpec(
            name="ticker",
            description="Runs a line along the ticker.",
            usage="<text>",
            requires=MODERATORS,
            min_args=1,
            is_pure=True,
        ),
        CommandSpec(
            name="alert",
            description="Shows an alert on the overlay.",
            usage="<text>",
            requires=MODERATORS,
            min_args=1,
            is_pure=True,
        ),
        CommandSpec(
            name="announce",
            description="Shows an announcement on the overlay.",
            usage="<text>",
            requires=MODERATORS,
            min_args=1,
            is_pure=True,
        ),
    )

    def handle(self, call: Call) -> Reply:
        text = call.raw_args.strip()
        if not text:
            raise RefusedError(f"What shall it say? Usage: !{call.word} <text>")
        if len(text) > LONGEST:
            raise RefusedError(f"The overlay shows up to {LONGEST} characters.")
        place = "ticker" if call.command == "ticker" else "overlay"
        return Reply(f"On its way to the {place}.", actions=[_action(call, text)])


def _action(call: Call, text: str) -> Action:
    if call.command == "ticker":
        return {"type": "ticker", "text": text}
    kind = "alert" if call.command == "alert" else "announcement"
    return {
        "type": "general",
        "content_type": kind,
        "title": call.caller.display_name or call.caller.name,
        "content": text,
    }
