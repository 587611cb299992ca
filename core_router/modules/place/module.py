"""`!claim`: a code proves whose channel it is."""

from core_router.sdk import (
    Call,
    CommandSpec,
    Module,
    RefusedError,
    Reply,
    Requirement,
    claim_place,
)


class PlaceModule(Module):
    slug = "place"
    title = "This channel"
    description = "Proves that a channel is the community's."
    commands = (
        CommandSpec(
            name="claim",
            description="Proves by a code that this channel is the community's.",
            usage="<code>",
            min_args=1,
            requires=Requirement(platform_roles=frozenset({"broadcaster", "owner", "admin"})),
        ),
    )

    def handle(self, call: Call) -> Reply:
        if not call.proves_author:
            raise RefusedError("Channels are not proven from this chat.")
        if not claim_place(call):
            raise RefusedError("This code is not good here. Ask for a new one.")
        return Reply(f"This channel is proven to belong to {call.community.name}.")
