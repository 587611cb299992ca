from collections.abc import Callable

from tests.platforms.servers.base import Asked, PlatformServer, Said, Sent
from tests.platforms.servers.windows import Window


class SlackServer(PlatformServer):
    """https://docs.slack.dev/reference/methods/: nearly everything is a 200."""

    addresses = ("SLACK_API_URL",)
    settings = {
        "SLACK_BOT_TOKEN": "canary-slack-token",
        "SLACK_CLIENT_ID": "7.7",
        "SLACK_CLIENT_SECRET": "canary-slack-secret",
    }

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Sent] = []
        self.users = {"U042": "alice", "U043": "bob"}
        self.bots: set[str] = set()
        self.deleted: set[str] = set()
        self.error = ""
        self.expired: set[str] = set()
        # code, or what renews → the workspace, its token and what renews that
        self.codes: dict[str, tuple[str, str, str]] = {}
        self.channels = {"C042": Window(1, 1)}
        self.lines: list[tuple[str, str, str]] = []  # channel, text, the thread
        self.others_messages, self.admins = {"1503435956.000100"}, set[str]()
        self.group = "S042"
        self.members: dict[str, list[str]] = {self.group: ["U001"]}
        self.guests: set[str] = set()
        self.teams = {self.settings["SLACK_BOT_TOKEN"]: "T042"}
        self.may_not: set[str] = set()  # tokens of those who may not change user groups
        self.after_writing: list[Callable[[], None]] = []  # what others do, each time

    def answer(self, asked: Asked) -> Said:
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if asked.path == "/oauth.v2.access":
            return self._let_in(asked.form)
        if token in self.expired:
            return _slack("token_expired")
        if token not in self.teams or self.error:
            return _slack(self.error or "invalid_auth")
        if asked.path.startswith("/usergroups."):
            return self._usergroups(asked, token)
        return self._of_the_bot(asked, token)

    def _of_the_bot(self, asked: Asked, token: str) -> Said:
        if asked.path == "/auth.revoke":
            self.teams.pop(token)
            return Said(200, {"ok": True, "revoked": True})
        if asked.path.startswith("/chat."):
            return self._chat(asked.path, asked.json, token)
        match asked.method, asked.path:
            case _, "/users.info":
                return self._user((dict(asked.query) | asked.form).get("user", ""))
            case "POST", "/conversations.open":
                return self._open(asked.json.get("users", ""))
        assert (asked.method, asked.path) == ("POST", "/auth.test")
        return self._whose(token)

    def _let_in(self, form: dict[str, str]) -> Said:
        if form.get("client_secret") != self.settings["SLACK_CLIENT_SECRET"]:
            return _slack("bad_client_secret")
        asked = form.get("code") or form.get("refresh_token", "")
        if asked not in self.codes:
            return _slack("invalid_code")
        team, access, refresh = self.codes.pop(asked)
        self.teams[access] = team
        said = {"access_token": access, "refresh_token": refresh, "scope": "chat:write,im:write"}
        return Said(200, {"ok": True, **said, "team": {"id": team, "name": "Penguins"}})

    def _whose(self, token: str) -> Said:
        whose = {"team_id": self.teams[token], "team": "Penguins", "user_id": "U001"}
        scopes = {"X-OAuth-Scopes": "usergroups:read,usergroups:write"}
        return Said(200, {"ok": True, **whose}, scopes)

    def _usergroups(self, asked: Asked, token: str) -> Said:
        arguments = dict(asked.query) | asked.json
        group = arguments.get("usergroup", "")
        if group not in self.members:
            return _slack("no_such_subteam")
        if asked.path == "/usergroups.users.list":
            return Said(200, {"ok": True, "users": self.members[group]})
        assert (asked.method, asked.path) == ("POST", "/usergroups.users.update")
        if token in self.may_not:
            return _slack("permission_denied")
        return self._replace(group, [each for each in arguments["users"].split(",") if each])

    def _replace(self, group: str, users: list[str]) -> Said:
        if not users:
            return _slack("no_users_provided")
        known = {*self.users, "U001"} - self.bots - self.deleted
        if not known.issuperset(users):
            return _slack("invalid_users")
        if self.guests.intersection(users):
            return _slack("single_channel_guests_cannot_be_added")
        self.members[group] = users
        if self.after_writing:
            self.after_writing.pop()()
        return Said(200, {"ok": True, "usergroup": {"id": group, "users": users}})

    def _user(self, id_: str) -> Said:
        if id_ not in self.users:
            return _slack("user_not_found")
        name = self.users[id_]
        kind = {"is_bot": id_ in self.bots, "deleted": id_ in self.deleted}
        user = {"id": id_, "name": name, "profile": {"display_name": name.title()}, **kind}
        return Said(200, {"ok": True, "user": user})

    def _open(self, users: str) -> Said:
        if users not in self.users:
            return _slack("user_not_found")
        if users in self.deleted:
            return _slack("user_disabled")
        if users in self.bots:
            return _slack("cannot_dm_bot")
        return Said(200, {"ok": True, "channel": {"id": f"D{users}"}})

    def _chat(self, path: str, message: dict[str, str], token: str) -> Said:
        if path == "/chat.delete":
            return self._delete(message, token)
        if message.get("channel") in self.channels:
            return self._say(message)
        return self._post(message.get("channel", ""), message.get("text", ""))

    def _say(self, message: dict[str, str]) -> Said:
        channel = message["channel"]
        if not self.channels[channel].has_room():
            return Said(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "1"})
        self.lines.append((channel, message["text"], message.get("thread_ts", "")))
        ts = f"1503435956.{len(self.lines):06}"
        return Said(200, {"ok": True, "channel": channel, "ts": ts})

    def _delete(self, message: dict[str, str], token: str) -> Said:
        if message["ts"] not in self.others_messages:
            return _slack("message_not_found")
        if token not in self.admins:
            return _slack("cant_delete_message")
        self.others_messages.discard(message["ts"])
        return Said(200, {"ok": True, **message})

    def _post(self, channel: str, text: str) -> Said:
        recipient = channel.removeprefix("D")
        if recipient not in self.users:
            return _slack("channel_not_found")
        if not text:
            return _slack("no_text")
        self.messages.append(Sent(recipient, text))
        return Said(200, {"ok": True, "channel": channel, "ts": "1503435956.000247"})


def _slack(error: str) -> Said:
    return Said(200, {"ok": False, "error": error})
