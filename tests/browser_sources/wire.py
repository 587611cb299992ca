"""The socket of a page, in this process."""

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator

from waddlebot.asgi import application

communicator: Any = ApplicationCommunicator


class Socket:
    def __init__(self, path: str, origin: str | None) -> None:
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": b"",
            "headers": [(b"origin", origin.encode())] if origin else [],
            "subprotocols": [],
            "client": ("192.0.2.1", 1234),
        }
        self._talk: Any = communicator(application, scope)

    async def open(self) -> bool:
        await self._talk.send_input({"type": "websocket.connect"})
        answer: dict[str, str] = await self._talk.receive_output(3)
        return answer["type"] == "websocket.accept"

    async def say(self, message: Any) -> None:
        """Send JSON; a string as it is; bytes in a binary frame."""
        if isinstance(message, bytes):
            frame: dict[str, Any] = {"bytes": message}
        else:
            frame = {"text": message if isinstance(message, str) else json.dumps(message)}
        await self._talk.send_input({"type": "websocket.receive", **frame})

    async def hear(self, patience_s: float = 3) -> dict[str, Any]:
        """Return the next message, or `{"code": …}` when the server closes."""
        answer = await self._talk.receive_output(patience_s)
        if answer["type"] == "websocket.close":
            return {"code": answer["code"]}
        message: dict[str, Any] = json.loads(answer["text"])
        return message

    async def hears_nothing(self) -> bool:
        quiet: bool = await self._talk.receive_nothing(0.2)
        return quiet

    async def leave(self) -> None:
        await self._talk.send_input({"type": "websocket.disconnect", "code": 1001})
        await self._talk.wait(3)
