"""What modules answer later, for the chat console: fetched as a collector does."""

import threading
import time
from typing import Any, Final

import httpx

PATIENCE_S: Final = 30
"""How long the console waits for what is still owed to it when nothing more is typed."""
NOT_OURS_S: Final = 1.0


class LaterAnswers:
    """Shows what is said of executions that were `pending`; what others wait for, it leaves."""

    def __init__(self, client: httpx.Client, entity: str, show: Any) -> None:
        self._client = client
        self._path = f"/router/v1/entities/{entity}/actions"
        self._show = show
        self._owed: set[str] = set()
        self._changed = threading.Condition()
        self._started = False

    def expect(self, execution_id: str) -> None:
        with self._changed:
            self._owed.add(execution_id)
            if not self._started:
                self._started = True
                threading.Thread(target=self._listen, daemon=True).start()
            self._changed.notify_all()

    def wait(self) -> None:
        """Return when all has come, or patience is over."""
        with self._changed:
            self._changed.wait_for(lambda: not self._owed, PATIENCE_S)

    def _listen(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._owed))
            try:
                self._fetch()
            except (httpx.HTTPError, ValueError, KeyError):
                time.sleep(NOT_OURS_S)  # It may be back; a console must not end for this.

    def _fetch(self) -> None:
        found = self._client.get(self._path, params={"wait": 10, "limit": 200})
        actions = found.raise_for_status().json()["results"]
        ours = [action for action in actions if action["execution_id"] in self._owed]
        if not ours:
            time.sleep(NOT_OURS_S if actions else 0)
            return
        ids = [action["id"] for action in ours]
        self._client.post(f"{self._path}/ack", json={"ids": ids}).raise_for_status()
        for action in ours:
            named = {"id", "execution_id", "expires_at", "reply_to"}
            self._show({name: value for name, value in action.items() if name not in named})
        with self._changed:
            self._owed -= {action["execution_id"] for action in ours}
            self._changed.notify_all()
