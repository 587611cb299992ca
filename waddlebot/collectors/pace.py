"""No more than a platform allows within so many seconds, whenever it begins to count."""

import asyncio
from collections import deque


class Pace:
    """A sliding window. Whoever asks first goes first."""

    def __init__(self, count: int, per_s: float) -> None:
        self._turns: deque[float] = deque(maxlen=count)
        self._per_s = per_s
        self._lock = asyncio.Lock()

    async def turn(self) -> None:
        async with self._lock:
            clock = asyncio.get_running_loop().time
            if len(self._turns) == self._turns.maxlen:
                await asyncio.sleep(max(0.0, self._turns[0] + self._per_s - clock()))
            self._turns.append(clock())
