import threading
from collections.abc import Mapping, Sequence

from tests.platforms.servers.base import Asked, PlatformServer, Said, Sent
from tests.platforms.servers.twitch_channels import Channels, twitch
from tests.platforms.servers.twitch_chat import SCOPES, Chats
from tests.platforms.servers.twitch_eventsub import EventSub


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
        self.users = {"1": "waddlebot", "42": "alice", "43": "bob"}
        self.access, self.refresh = "canary-twitch-access-0", "canary-twitch-refresh-0"
        self.renewals = 0
        self.drops = self.is_suspended = False
        self.has_phone = True
        self.takes_no_whispers: set[str] = set()
        self.suspended: set[str] = set()
        self.client_id = self.settings["TWITCH_CLIENT_ID"]
        self.scopes = [
            "user:manage:whispers", "channel:manage:vips", "channel:manage:moderators",
            *SCOPES.values(),
        ]  # fmt: skip
        self.lent: dict[str, tuple[str, Sequence[str]]] = {}
        self.lent_refresh: dict[str, str] = {}  # refresh token → the access token it was with
        self.roles = Channels(self.users)
        self.chats = Chats(self.users)
        self.eventsub = EventSub(self.users)
        self.codes: dict[str, tuple[str, Sequence[str]]] = {}  # code → who said yes, and to what
        self.revoked: list[str] = []
        self._one_at_a_time = threading.Lock()

    def expire_token(self) -> None:
        self.access = "none"

    @property
    def tokens(self) -> dict[str, tuple[str, Sequence[str]]]:
        """Return whose each token is, and what it is good for."""
        return {self.access: ("1", self.scopes), **self.lent}

    def answer(self, asked: Asked) -> Said:
        token = asked.headers.get("authorization", "").partition(" ")[2]
        match asked.method, asked.path:
            case "POST", "/oauth2/token":
                with self._one_at_a_time:
                    return self._token(asked.form)
            case "POST", "/oauth2/revoke":
                self.lent.pop(asked.form["token"], None)
                self.revoked.append(asked.form["token"])
                return Said(200)
            case _, "/helix/eventsub/subscriptions" if self._is_ours(asked):
                return self.eventsub.answer(asked, token)
            case "GET", "/oauth2/validate":
                return self._validate(token)
        if token not in self.tokens or not self._is_ours(asked):
            return twitch(401, "Unauthorized", f"Invalid OAuth token ({asked.path})")
        return self._helix(asked, token)

    def _helix(self, asked: Asked, token: str) -> Said:
        match asked.method, asked.path:
            case "GET", "/helix/users":
                return self._users(asked.query)
            case "POST", "/helix/whispers":
                return self._whisper(asked.query, str(asked.json.get("message", "")))
            case method, "/helix/channels/vips" | "/helix/moderation/moderators" as path:
                return self.roles.answer(method, path, asked.many, self.tokens[token])
            case _, path if path in SCOPES:
                owner, scopes = self.tokens[token]
                if SCOPES[path] not in scopes:
                    return twitch(401, "Unauthorized", f"Missing scope: {SCOPES[path]}")
                return self.chats.answer(asked, owner)
        return twitch(404, "Not Found", "")

    def _is_ours(self, asked: Asked) -> bool:
        return asked.headers.get("client-id") == self.settings["TWITCH_CLIENT_ID"]

    def _validate(self, token: str) -> Said:
        if token not in self.tokens:
            return Said(401, {"status": 401, "message": "invalid access token"})
        id_, scopes = self.tokens[token]
        facts = {"client_id": self.client_id, "login": self.users[id_], "scopes": list(scopes)}
        return Said(200, {**facts, "user_id": id_, "expires_in": 5520838})

    def _token(self, form: Mapping[str, str]) -> Said:
        """Give a new pair; what was before is worth nothing."""
        is_us = form.get("client_secret") == self.settings["TWITCH_CLIENT_SECRET"]
        if is_us and form.get("grant_type") == "client_credentials":
            return Said(200, {"access_token": self.eventsub.new_token(), "expires_in": 5011271})
        if is_us and form.get("grant_type") == "authorization_code":
            return self._let_in(form.get("code", ""))
        if form.get("grant_type") != "refresh_token" or not is_us:
            return twitch(403, "Forbidden", "invalid client secret")
        offered = form.get("refresh_token", "")
        pair = (
            f"canary-twitch-access-{self.renewals + 1}",
            f"canary-twitch-refresh-{self.renewals + 1}",
        )
        if offered == self.refresh:
            self.access, self.refresh = pair
        elif offered in self.lent_refresh:
            self.lent[pair[0]] = self.lent.pop(self.lent_refresh.pop(offered))
            self.lent_refresh[pair[1]] = pair[0]
        else:
            return twitch(400, "Bad Request", "Invalid refresh token")
        self.renewals += 1
        said = {"access_token": pair[0], "refresh_token": pair[1], "expires_in": 14124}
        return Said(200, {**said, "scope": self.scopes, "token_type": "bearer"})

    def _let_in(self, code: str) -> Said:
        if code not in self.codes:
            return twitch(400, "Bad Request", "Invalid authorization code")
        who, scopes = self.codes.pop(code)
        access, refresh = f"canary-let-in-{who}", f"canary-refresh-{who}"
        self.lent[access], self.lent_refresh[refresh] = (who, scopes), access
        pair = {"access_token": access, "refresh_token": refresh}
        return Said(200, {**pair, "scope": list(scopes), "token_type": "bearer"})

    def _users(self, query: Mapping[str, str]) -> Said:
        found = [
            {"id": id_, "login": name, "display_name": name.title(), "type": ""}
            for id_, name in self.users.items()
            if name == query.get("login", "").lower() or id_ == query.get("id")
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
        return next((twitch(status, "", why) for is_so, status, why in refusals if is_so), None)
