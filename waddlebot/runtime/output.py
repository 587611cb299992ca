"""What the children write, on our own standard error: prefixed by name, or JSON with it."""

import json
import os
import queue
import sys
import threading
from typing import IO

COLOURS = {"web": 36, "overlay": 35, "worker": 33, "prepare": 32, "waddlebot": 34}


class Output:
    """Lines of many processes, one after the other.

    A child never waits for whoever reads our output: what does not fit into memory is dropped.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.colour = sys.stderr.isatty()
        self._lines: queue.Queue[str] = queue.Queue(maxsize=10_000)
        threading.Thread(target=self._write, name="output", daemon=True).start()

    def say(self, name: str, text: str) -> None:
        if not text.strip():
            return
        try:
            self._lines.put_nowait(
                self._json(name, text) if self.as_json else self._plain(name, text)
            )
        except queue.Full:
            return

    def follow(self, name: str, stream: IO[bytes]) -> threading.Thread:
        """Pass a child's lines on until it closes its end."""
        thread = threading.Thread(target=self._pump, args=(name, stream), daemon=True)
        thread.start()
        return thread

    def flush(self, patience_s: float = 1.0) -> None:
        """Wait for what was said so far to be written; not for ever, for nobody may be reading."""
        done = threading.Thread(target=self._lines.join, daemon=True)
        done.start()
        done.join(patience_s)

    def _pump(self, name: str, stream: IO[bytes]) -> None:
        for line in stream:
            self.say(name, line.decode(errors="replace").rstrip())
        stream.close()

    def _json(self, name: str, text: str) -> str:
        if text.startswith('{"'):
            return f'{{"process":{json.dumps(name)},{text[1:]}'
        return json.dumps({"process": name, "event": text})

    def _plain(self, name: str, text: str) -> str:
        label = f"{name:<9}|"
        return (
            f"\x1b[{COLOURS.get(name, 37)}m{label}\x1b[0m {text}"
            if self.colour
            else f"{label} {text}"
        )

    def _write(self) -> None:
        while True:
            line = self._lines.get()
            try:
                os.write(2, f"{line}\n".encode())
            except OSError:
                pass  # Whoever read our output has gone; the servers go on.
            finally:
                self._lines.task_done()
