from collections.abc import Mapping, Sequence

from tests.platforms.servers.base import Said

SCOPES = {
    "/helix/channels/vips": "channel:manage:vips",
    "/helix/moderation/moderators": "channel:manage:moderators",
}


class Channels:
    """https://dev.twitch.tv/docs/api/reference/moderation/: each channel's own."""

    def __init__(self, users: Mapping[str, str]) -> None:
        self.users = users
        self.vips: dict[str, set[str]] = {}
        self.moderators: dict[str, set[str]] = {}
        self.banned: set[str] = set()
        self.slots = 100
        self.has_no_vips_yet = False

    def answer(
        self,
        method: str,
        path: str,
        query: Mapping[str, Sequence[str]],
        token: tuple[str, Sequence[str]],
    ) -> Said:
        owner, scopes = token
        if SCOPES[path] not in scopes:
            return twitch(401, "Unauthorized", f"Missing scope: {SCOPES[path]}")
        if list(query.get("broadcaster_id", [])) != [owner]:
            return twitch(401, "Unauthorized", "The ID in broadcaster_id must match the token.")
        is_vips, people = path.endswith("vips"), query.get("user_id", [])
        held = (self.vips if is_vips else self.moderators).setdefault(owner, set())
        if method == "GET":
            rows = [{"user_id": each} for each in people if each in held]
            return Said(200, {"data": rows, "pagination": {}})
        (who,) = people
        refusals = self._vip(method, owner, who) if is_vips else self._mod(method, owner, who)
        for is_so, status, why in refusals:
            if is_so:
                return twitch(status, "", why)
        (held.add if method == "POST" else held.discard)(who)
        return Said(204)

    def _vip(self, method: str, owner: str, who: str) -> list[tuple[bool, int, str]]:
        held, absent = self.vips[owner], who not in self.users
        if method == "DELETE":
            not_vip = "The user in user_id is not a VIP in the broadcaster's channel."
            return [
                (absent, 404, "The ID in user_id was not found."),
                (who not in held, 422, not_vip),
            ]
        is_mod = who in self.moderators.get(owner, set())
        first = "To make them a VIP, you must first remove them as a moderator."
        return [
            (absent, 404, "The ID in user_id was not found."),
            (who in self.banned, 400, "The user is blocked from the broadcaster's channel."),
            (self.has_no_vips_yet, 425, "The broadcaster must complete Build a Community."),
            (is_mod, 422, f"The user is a moderator. {first}"),
            (who in held, 422, "The user is already a VIP."),
            (len(held) >= self.slots, 409, "The broadcaster doesn't have available VIP slots."),
        ]

    def _mod(self, method: str, owner: str, who: str) -> list[tuple[bool, int, str]]:
        held = self.moderators[owner]
        if method == "DELETE":
            return [(who not in held, 400, "The user is not a moderator in the chat room.")]
        is_vip = who in self.vips.get(owner, set())
        first = "To make them a moderator, you must first remove them as a VIP."
        return [
            (who in self.banned, 400, "The user is banned from the channel."),
            (is_vip, 422, f"The user is a VIP. {first}"),
            (who in held, 400, "The user is already a moderator in the chat room."),
        ]


def twitch(status: int, error: str, message: str) -> Said:
    return Said(status, {"error": error, "status": status, "message": message})
