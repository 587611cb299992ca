import threading
from collections.abc import Mapping

from tests.platforms.servers.base import Asked, PlatformServer, Said, Sent


class TwitchServer(PlatformServer):
    """https://dev.twitch.tv/docs/api/reference/ (Send Whisper, Get Users), …/refresh-tokens/."""

    addresses = ("TWITCH_API_URL", "TWITCH_ID_URL")
    settings = {
        "TWITCH_CLIENT_ID": "twitch-client",
        "TWITCH_CLIENT_SECRET": "canary-twitch-secret",
        "TWITCH_BOT_USER_ID": "1",
        "TWITCH_BOT_TOKEN": "canary-twitch-access-0",
        "TWITCH_BOT_REFRESH_TOKEN": "canary-twitch-refresh-0",
    }

    def __init__(self) -> None:
        super().__init__()
        self.whispers: list[Sent] = []
        self.users = {"42": "alice", "43": "bob"}
        self.access, self.refresh = "canary-twitch-access-0", "canary-twitch-refresh-0"
        self.renewals = 0
        self.drops = self.is_suspended = False
        self.has_phone = True
        self.takes_no_whispers: set[str] = set()
        self.suspended: set[str] = set()
        self._one_at_a_time = threading.Lock()

    def expire_token(self) -> None:
        self.access = "none"

    def answer(self, asked: Asked) -> Said:
        match asked.method, asked.path:
            case "POST", "/oauth2/token":
                with self._one_at_a_time:
                    return self._token(asked.form)
            case method, path if not self._may(asked):
                return _twitch(401, "Unauthorized", f"Invalid OAuth token ({method} {path})")
            case "GET", "/helix/users":
                return self._users(asked.query.get("login", ""))
            case "POST", "/helix/whispers":
                return self._whisper(asked.query, str(asked.json.get("message", "")))
        return _twitch(404, "Not Found", "")

    def _may(self, asked: Asked) -> bool:
        is_us = asked.headers.get("client-id") == self.settings["TWITCH_CLIENT_ID"]
        return is_us and asked.headers.get("authorization") == f"Bearer {self.access}"

    def _token(self, form: Mapping[str, str]) -> Said:
        """Give a new pair; what was before is worth nothing."""
        is_us = form.get("client_secret") == self.settings["TWITCH_CLIENT_SECRET"]
        if form.get("grant_type") != "refresh_token" or not is_us:
            return _twitch(403, "Forbidden", "invalid client secret")
        if form.get("refresh_token") != self.refresh:
            return _twitch(400, "Bad Request", "Invalid refresh token")
        self.renewals += 1
        self.access = f"canary-twitch-access-{self.renewals}"
        self.refresh = f"canary-twitch-refresh-{self.renewals}"
        scope = ["user:manage:whispers"]
        pair = {"access_token": self.access, "refresh_token": self.refresh}
        return Said(200, {**pair, "expires_in": 14124, "scope": scope, "token_type": "bearer"})

    def _users(self, login: str) -> Said:
        found = [
            {"id": id_, "login": name, "display_name": name.title(), "type": ""}
            for id_, name in self.users.items()
            if name == login.lower()
        ]
        return Said(200, {"data": found})

    def _whisper(self, query: Mapping[str, str], message: str) -> Said:
        sender, to = query.get("from_user_id"), query.get("to_user_id", "")
        if refusal := self._refusal(sender, to, message):
            return refusal
        if not self.drops:
            self.whispers.append(Sent(to, message[:500]))
        return Said(204)

    def _refusal(self, sender: str | None, to: str, message: str) -> Said | None:
        refusals = [
            (sender != "1", 401, "The ID in from_user_id must match the user ID in the token."),
            (not self.has_phone, 401, "The sender must have a verified phone number."),
            (sender == to, 400, "The ID in from_user_id and to_user_id must be different."),
            (not message, 400, "The message field must not be empty."),
            (self.is_suspended, 403, "Suspended users may not send whisper messages."),
            (to not in self.users, 404, "The ID in to_user_id was not found."),
            (to in self.suspended, 400, "Whisper messages may not be sent to suspended users."),
            (to in self.takes_no_whispers, 400, "The user doesn't allow whisper messages."),
        ]
        return next((_twitch(status, "", why) for is_so, status, why in refusals if is_so), None)


def _twitch(status: int, error: str, message: str) -> Said:
    return Said(status, {"error": error, "status": status, "message": message})
