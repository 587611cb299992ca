import itertools
from collections.abc import Mapping
from typing import Any

from tests.platforms.servers.base import Asked, Said
from tests.platforms.servers.twitch_channels import twitch


class EventSub:
    """https://dev.twitch.tv/docs/eventsub/manage-subscriptions/, two to a page."""

    def __init__(self, users: Mapping[str, str]) -> None:
        self.users = users
        self.rows: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.not_allowed: set[str] = set()
        self._numbers = itertools.count(1)

    def new_token(self) -> str:
        token = f"canary-application-{next(self._numbers)}"
        self.tokens = {token}
        return token

    def answer(self, asked: Asked, token: str) -> Said:
        if token not in self.tokens:
            return twitch(401, "Unauthorized", "Invalid OAuth token")
        match asked.method:
            case "GET":
                return self._list(asked.query)
            case "DELETE":
                left = [row for row in self.rows if row["id"] != asked.query["id"]]
                is_gone, self.rows = len(left) < len(self.rows), left
                return Said(204) if is_gone else twitch(404, "Not Found", "no such subscription")
        return self._create(asked.json)

    def _list(self, query: Mapping[str, str]) -> Said:
        user, start = query["user_id"], int(query.get("after", "0"))
        theirs = [row for row in self.rows if user in row["condition"].values()]
        more = {"cursor": str(start + 2)} if len(theirs) > start + 2 else {}
        return Said(200, {"data": theirs[start : start + 2], "pagination": more})

    def _create(self, wish: Mapping[str, Any]) -> Said:
        known = [(row["type"], row["condition"]) for row in self.rows]
        transport = wish["transport"]
        assert 10 <= len(transport["secret"]) <= 100
        if (wish["type"], wish["condition"]) in known:
            return twitch(409, "Conflict", "subscription already exists")
        if wish["type"] in self.not_allowed:
            return twitch(403, "Forbidden", "subscription missing proper authorization")
        shown = {name: transport[name] for name in ("method", "callback")}
        row = {**wish, "id": f"sub-{next(self._numbers)}", "status": "enabled", "transport": shown}
        self.rows.append(row)
        return Said(202, {"data": [row]})
