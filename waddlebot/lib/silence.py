"""Of those who need a server that has gone silent, one finds out whether it is back."""

import time


class Silence:
    def __init__(self, avoid_s: float) -> None:
        self._avoid_s = avoid_s
        self._until = 0.0

    def is_kept(self) -> bool:
        """Say whether not to ask now. The first after `avoid_s` is to ask, the others to wait."""
        if not self._until:
            return False
        now = time.monotonic()
        if now < self._until:
            return True
        self._until = now + self._avoid_s
        return False

    def begin(self) -> None:
        self._until = time.monotonic() + self._avoid_s

    def end(self) -> None:
        self._until = 0.0
