"""`!reputation` and `!leaderboard`: what taking part has earned."""

from typing import Final

from core_router.sdk import Call, CommandSpec, Module, RefusedError, Reply, disarm, echo
from identity import api as identity
from identity.data import Sighting

SHOWN: Final = 5
MOST_SHOWN: Final = 10
LONGEST_NAME: Final = 40


class Reputation(Module):
    slug = "reputation"
    title = "Reputation"
    description = "Shows the points that people earn by taking part."
    commands = (
        CommandSpec(
            name="reputation",
            description="Shows your points and rank, or somebody's.",
            usage="[@user]",
            aliases=("rep",),
            cooldown_user_s=2,
            is_pure=True,
        ),
        CommandSpec(
            name="leaderboard",
            description="Shows who has the most points.",
            usage="[how many]",
            aliases=("top",),
            cooldown_channel_s=5,
            is_pure=True,
        ),
    )

    def handle(self, call: Call) -> Reply:
        if call.command == "leaderboard":
            return Reply(_leaders(call))
        name = call.args[0].lstrip("@") if call.args else ""
        return Reply(_somebody(call, name) if name else _asker(call))


def _asker(call: Call) -> str:
    event = call.event
    standing = identity.standing_now(
        community_id=call.community.id,
        user_id=call.caller.user_id,
        seen=Sighting(event.platform, event.user_id, event.user_name, event.display_name),
        today=call.now.date(),
    )
    rank = f", rank {standing.rank}" if standing.rank else ""
    return f"{_shown(call.caller.display_name)}: {_points(standing.points)}{rank}"


def _somebody(call: Call, name: str) -> str:
    found = identity.ranked_by_name(
        community_id=call.community.id, platform=call.event.platform, user_name=name
    )
    if found is None:
        raise RefusedError(f"Nobody called {_shown(name)} has been seen here.")
    return f"{_shown(found.name)}: {_points(found.points)}"


def _leaders(call: Call) -> str:
    asked = call.args[0] if call.args else ""
    most = min(int(asked), MOST_SHOWN) if _is_number(asked) else SHOWN
    found = identity.leaderboard(
        community_id=call.community.id, platform=call.event.platform, most=max(most, 1)
    )
    if not found:
        return "Nobody has points here yet."
    return " · ".join(
        f"{rank}. {_shown(each.name)}: {each.points:,}" for rank, each in enumerate(found, start=1)
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 4  # noqa: PLR2004


def _points(points: int) -> str:
    return "1 point" if points == 1 else f"{points:,} points"


def _shown(name: str) -> str:
    return disarm(echo(name, LONGEST_NAME))
