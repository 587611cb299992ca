"""The load generator, a process of its own: reads an `Order` on stdin, prints a `Sample`.

Requests are sent over kept connections, each connection's next when its answer is there. They
are bytes made beforehand into which only a number is written, so that this core keeps up.
"""

import asyncio
import subprocess
import sys
from array import array
from time import perf_counter, process_time
from typing import cast

import msgspec
import uvloop

from benchmarks._machine import LOAD_CORE, cpu_s, pinned

HEAD_END = b"\r\n\r\n"
LAST_CHUNK = b"\r\n0\r\n\r\n"
LENGTH = b"\r\ncontent-length: "
STATUS = slice(9, 12)


class Order(msgspec.Struct, kw_only=True):
    """`requests` are taken in turn; each holds `slots` times `%012d` for its number."""

    port: int
    requests: list[bytes]
    slots: int
    expect: bytes
    events: int = 1
    connections: int = 32
    warm_s: float = 0.5
    seconds: float = 3.0
    pids: list[int] = []


class Sample(msgspec.Struct, kw_only=True):
    """What one load measured. `load_share`: of its own core, what the generator took itself."""

    events_s: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    load_share: float
    wrong: int = 0
    example: str = ""


class Load:
    """Hands out requests and gathers answers for all connections."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.number = 0
        self.is_measuring = self.is_over = False
        self.times = array("d")
        self.wrong = 0
        self.example = b""

    def request(self) -> bytes:
        order, number = self.order, self.number
        self.number = number + 1
        return order.requests[number % len(order.requests)] % ((number,) * order.slots)

    def answer(self, seconds: float, data: bytes) -> None:
        if data[STATUS] != b"200" or data.count(self.order.expect) != self.order.events:
            self.wrong += 1
            self.example = data
        elif self.is_measuring:
            self.times.append(seconds)


class Client(asyncio.Protocol):
    """One kept connection with one request on its way."""

    __slots__ = ("load", "received", "sent_at", "transport")

    def __init__(self, load: Load) -> None:
        self.load = load
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.WriteTransport", transport)
        self.send()

    def send(self) -> None:
        self.sent_at = perf_counter()
        self.transport.write(self.load.request())

    def data_received(self, data: bytes) -> None:
        if self.received:
            data = self.received + data
        if not _is_whole(data):
            self.received = data
            return
        self.received = b""
        self.load.answer(perf_counter() - self.sent_at, data)
        if not self.load.is_over:
            self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.load.is_over:
            self.load.wrong += 1
            self.load.example = b"the server closed a connection"


def _is_whole(data: bytes) -> bool:
    head_end = data.find(HEAD_END)
    if head_end < 0:
        return False
    start = data.find(LENGTH, 0, head_end)
    if start < 0:  # No length told: then it comes in chunks.
        return data.endswith(LAST_CHUNK)
    start += len(LENGTH)
    end = data.find(b"\r", start, head_end + 1)
    return len(data) >= head_end + len(HEAD_END) + int(data[start:end])


async def run(order: Order) -> Sample:
    load = Load(order)
    loop = asyncio.get_running_loop()
    pairs = [
        await loop.create_connection(lambda: Client(load), "127.0.0.1", order.port)
        for _ in range(order.connections)
    ]
    await asyncio.sleep(order.warm_s)
    started, cpu, own = perf_counter(), cpu_s(order.pids), process_time()
    load.is_measuring = True
    await asyncio.sleep(order.seconds)
    load.is_measuring = False
    elapsed, cpu = perf_counter() - started, cpu_s(order.pids) - cpu
    own = process_time() - own
    load.is_over = True
    for transport, _ in pairs:
        transport.close()
    return _sample(load, elapsed=elapsed, cpu=cpu, own=own)


def _sample(load: Load, *, elapsed: float, cpu: float, own: float) -> Sample:
    times = sorted(load.times) or [0.0]
    events = len(load.times) * load.order.events
    return Sample(
        events_s=events / elapsed,
        p50_ms=times[len(times) // 2] * 1000,
        p99_ms=times[len(times) * 99 // 100] * 1000,
        cpu_us=cpu / max(events, 1) * 1e6,
        load_share=own / elapsed,
        wrong=load.wrong,
        example=load.example[:2000].decode(errors="replace"),
    )


def load(order: Order) -> Sample:
    """Have another process on another core do it. Raises when an answer is not as expected."""
    with pinned(LOAD_CORE):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks._load"],
            input=msgspec.msgpack.encode(order),
            stdout=subprocess.PIPE,
            check=True,
        )
    sample = msgspec.json.decode(done.stdout, type=Sample)
    if sample.wrong:
        raise RuntimeError(f"{sample.wrong} answers were wrong, the last:\n{sample.example}")
    if not sample.events_s:
        raise RuntimeError(f"Port {order.port} answered nothing within {order.seconds} s.")
    return sample


if __name__ == "__main__":
    sample = uvloop.run(run(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Order)))
    print(msgspec.json.encode(sample).decode())
