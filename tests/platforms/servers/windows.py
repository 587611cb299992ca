import threading
import time


class Window:
    """So many in so many seconds, counted exactly. `refusals`: how often there was no room."""

    def __init__(self, count: int, seconds: float) -> None:
        self.count, self.seconds = count, seconds
        self.refusals = 0
        self._moments: list[float] = []
        self._counting = threading.Lock()

    @property
    def left(self) -> int:
        with self._counting:
            return self.count - len(self._moments)

    def has_room(self) -> bool:
        with self._counting:
            now = time.monotonic()
            self._moments = [each for each in self._moments if each > now - self.seconds]
            if len(self._moments) >= self.count:
                self.refusals += 1
                return False
            self._moments.append(now)
            return True
