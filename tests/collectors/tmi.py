"""A server that speaks Twitch's dialect of IRC: https://dev.twitch.tv/docs/chat/irc/."""

import socket
import socketserver
import threading
from contextlib import suppress
from queue import Queue
from typing import Any, Final, Self

from tests.runtime.running import PATIENCE_S

LOGIN: Final = "waddle"
US: Final = f"{LOGIN}!{LOGIN}@{LOGIN}.tmi.twitch.tv"
ALICE: Final = "alice!alice@alice.tmi.twitch.tv"


class TwitchChat:
    """What it hears is in `heard`, a line each."""

    def __init__(self) -> None:
        self.heard: Queue[str] = Queue()
        self.tokens = {"good"}
        self.banned: set[str] = set()
        self.is_moderator = False
        self._lines: list[Any] = []
        chat = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                chat.serve(self)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cuts()
        self._server.shutdown()
        self._server.server_close()

    def serve(self, connection: socketserver.StreamRequestHandler) -> None:
        send = connection.wfile.write
        self._lines.append(connection)
        token = ""
        for raw in connection.rfile:
            line = raw.decode().strip()
            self.heard.put(line)
            command, _, rest = line.partition(" ")
            if command == "CAP":
                send(b":tmi.twitch.tv CAP * ACK :twitch.tv/tags twitch.tv/commands\r\n")
            elif command == "PASS":
                token = rest.removeprefix("oauth:")
            elif command == "NICK" and token not in self.tokens:
                send(b":tmi.twitch.tv NOTICE * :Login authentication failed\r\n")
            elif command == "NICK":
                send(f":tmi.twitch.tv 001 {LOGIN} :Welcome, GLHF!\r\n".encode())
            elif command == "JOIN":
                send(self._join(rest).encode())

    def _join(self, channel: str) -> str:
        if channel in self.banned:
            told = "You are permanently banned from talking in it."
            return f"@msg-id=msg_banned :tmi.twitch.tv NOTICE {channel} :{told}\r\n"
        tags = f"@badges=;mod={int(self.is_moderator)}"
        return f":{US} JOIN {channel}\r\n{tags} :tmi.twitch.tv USERSTATE {channel}\r\n"

    def says(self, raw: bytes) -> None:
        for each in self._lines:
            with suppress(OSError):
                each.wfile.write(raw + b"\r\n")

    def cuts(self) -> None:
        lines, self._lines = self._lines, []
        for each in lines:
            with suppress(OSError):  # It may have left by itself.
                each.connection.shutdown(socket.SHUT_RDWR)

    def next(self, start: str) -> str:
        """Return the next line that begins so."""
        while True:
            line = self.heard.get(timeout=PATIENCE_S)
            if line.startswith(start):
                return line
