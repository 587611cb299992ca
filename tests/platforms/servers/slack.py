from tests.platforms.servers.base import Asked, PlatformServer, Said, Sent


class SlackServer(PlatformServer):
    """https://docs.slack.dev/reference/methods/: nearly everything is a 200."""

    addresses = ("SLACK_API_URL",)
    settings = {"SLACK_BOT_TOKEN": "canary-slack-token"}

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Sent] = []
        self.users = {"U042": "alice", "U043": "bob"}
        self.bots: set[str] = set()
        self.deleted: set[str] = set()
        self.error = ""

    def answer(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Bearer {self.settings['SLACK_BOT_TOKEN']}":
            return _slack("invalid_auth")
        if self.error:
            return _slack(self.error)
        match asked.method, asked.path:
            case _, "/users.info":
                return self._user((dict(asked.query) | asked.form).get("user", ""))
            case "POST", "/conversations.open":
                return self._open(asked.json.get("users", ""))
            case "POST", "/chat.postMessage":
                return self._post(asked.json.get("channel", ""), asked.json.get("text", ""))
        return _slack("unknown_method")

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
