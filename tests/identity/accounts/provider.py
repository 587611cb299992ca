"""One server that signs people in as the platforms document it, and refuses what they refuse."""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

CLIENT_ID, CLIENT_SECRET, TOKEN = "our-client", "our-secret", "a-token"
# The e-mail address is alice's: nobody becomes her by that.
EMAIL = "alice@example.org"
PEOPLE: dict[str, dict[str, Any]] = {
    "twitch": {"data": [{"id": "42", "login": "bob", "display_name": "Bob", "email": EMAIL}]},
    "discord": {"id": "42", "username": "bob", "global_name": "Bob", "email": EMAIL,
                "verified": True},
    "slack": {"ok": True, "sub": "42", "https://slack.com/team_id": "T1",
              "https://slack.com/user_id": "42", "name": "bob", "email": EMAIL,
              "email_verified": True},
    "google": {"sub": "42", "name": "Bob", "email": EMAIL, "email_verified": True},
    "kick": {"data": [{"user_id": 42, "name": "bob", "email": EMAIL}], "message": "OK"},
}  # fmt: skip
CHANNELS = {"items": [{"id": "UC42", "snippet": {"title": "Bob's channel"}}]}


class Provider(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, slug: str, redirect_uri: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.slug = slug
        self.redirect_uri = redirect_uri
        self.codes: dict[str, str] = {}
        self.trouble = ""
        self.person = PEOPLE[slug]
        self.done = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def authorize(self, query: dict[str, str]) -> str:
        """Return where the browser is sent, as somebody who says yes is."""
        assert query["client_id"] == CLIENT_ID
        assert query["redirect_uri"] == self.redirect_uri
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe()
        self.codes[code] = query["code_challenge"]
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str]) -> tuple[int, Any]:
        challenge = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        is_good = (
            challenge == base64.urlsafe_b64encode(digest).decode().rstrip("=")
            and form.get("grant_type") == "authorization_code"
            and form.get("client_id") == CLIENT_ID
            and form.get("client_secret") == CLIENT_SECRET
            and form.get("redirect_uri") == self.redirect_uri
        )
        if not is_good:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": TOKEN, "token_type": "bearer", "expires_in": 3600}


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return self._answer(401, {"error": "unauthorized"})
        if self.server.slug == "twitch" and self.headers["Client-ID"] != CLIENT_ID:
            return self._answer(401, {"error": "Client ID is missing"})
        path = urlsplit(self.path)
        return self._answer(200, CHANNELS if path.path == "/channels" else self.server.person)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(*self.server.token(dict(parse_qsl(body))))

    def _answer(self, status: int, document: Any) -> None:
        body = json.dumps(document).encode()
        match self.server.trouble:
            case "500":
                status = 500
            case "garbage":
                body = b"<html>"
            case "nothing known":
                body = b"{}"
            case "list":
                body = b"[]"
            case "redirect":
                status = 302
            case "silence":
                self.server.done.wait(10)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Tests are quiet."""


@contextmanager
def running(slug: str, redirect_uri: str) -> Iterator[Provider]:
    server = Provider(slug, redirect_uri)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.done.set()
    server.shutdown()
    server.server_close()
