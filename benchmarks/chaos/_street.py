"""Who sends events until they are taken, and who fetches what is to be said."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

TRY_AGAIN_S: Final = 0.2
AT_ONCE: Final = 16
TAKEN: Final = frozenset({200, 202})


@dataclass(frozen=True)
class Kind:
    """Events of one kind, and what each leaves behind: a line of chat, or 1 more of a counter."""

    name: str
    title: str
    content: str = ""
    message_type: str = "chatMessage"
    line: str = ""
    is_queued: bool = False


KINDS: Final = (
    Kind("count", "a counter of a built-in module", content="!counter chaos +"),
    Kind("later", "a module that answers later", content="#later {id}", line="later {id}"),
    Kind("queued", "queued, then a module", content="#now {id}", line="now {id}", is_queued=True),
    Kind("told", "an event hook", message_type="follow", line="told {id}"),
)


class Sender:
    """Sends each event until it is answered, as a collector does."""

    def __init__(self, url: str, key: str) -> None:
        limits = httpx.Limits(max_keepalive_connections=0)
        headers = {"X-API-Key": key}
        self.client = httpx.Client(base_url=url, headers=headers, timeout=20, limits=limits)

    def send_all(self, each: int, *, within_s: float) -> None:
        """Send so many events of every kind, evenly."""
        started, total = time.monotonic(), each * len(KINDS)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for number in range(total):
                kind = KINDS[number % len(KINDS)]
                pool.submit(self._send, kind, f"{kind.name}-{number // len(KINDS)}")
                due = started + within_s * (number + 1) / total
                time.sleep(max(0, due - time.monotonic()))

    def say(self, content: str) -> Mapping[str, Any]:
        kind = Kind("say", "", content=content)
        said: Mapping[str, Any] = self._send(kind, content).json()
        return said

    def _send(self, kind: Kind, event_id: str) -> httpx.Response:
        event = {
            "event_id": event_id,
            "platform": "twitch",
            "server_id": "rookery",
            "user_id": event_id,
            "user_name": event_id,
            "user_roles": ["moderator"],
            "message_type": kind.message_type,
            "message_content": kind.content.format(id=event_id),
        }
        headers = {"Prefer": "respond-async"} if kind.is_queued else {}
        while True:
            try:
                said = self.client.post("/router/v1/events", json=event, headers=headers)
            except httpx.HTTPError:
                said = None
            if said is not None and said.status_code in TAKEN:
                return said
            time.sleep(TRY_AGAIN_S)


@dataclass
class Collector:
    """Fetches actions until they are acknowledged, and keeps by which ids each line came."""

    url: str
    key: str
    entity: str
    ids_of: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    @contextmanager
    def listening(self) -> Iterator[None]:
        is_over = threading.Event()
        thread = threading.Thread(target=self._listen, args=(is_over,))
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    def wait_for(self, lines: Sequence[str], patience_s: float) -> None:
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline and not all(line in self.ids_of for line in lines):
            time.sleep(TRY_AGAIN_S)

    def _listen(self, is_over: threading.Event) -> None:
        path, headers = f"/router/v1/entities/{self.entity}/actions", {"X-API-Key": self.key}
        with httpx.Client(base_url=self.url, headers=headers, timeout=20) as client:
            while not is_over.is_set():
                try:
                    self._fetch(client, path)
                except (httpx.HTTPError, ValueError, KeyError):
                    time.sleep(TRY_AGAIN_S)

    def _fetch(self, client: httpx.Client, path: str) -> None:
        found = client.get(path, params={"wait": 2, "limit": 200}).raise_for_status()
        actions = found.json()["results"]
        for action in actions:
            self.ids_of[action["text"]].add(action["id"])
        if actions:
            client.post(f"{path}/ack", json={"ids": [action["id"] for action in actions]})
