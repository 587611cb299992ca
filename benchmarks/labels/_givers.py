"""Who gives labels, a process of its own: reads `Order`s, a line each, and prints `Sample`s."""

import http.client
import subprocess
import sys
import threading
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter

import msgspec
import psycopg

from benchmarks._machine import LOAD_CORE, pinned
from benchmarks.labels._crowd import AT_ONCE, Crowd

GIVE, TAKE, BARE = "/labels/v1/assignments", "/labels/v1/assignments/remove", "bare"
STAGE = "CREATE TEMPORARY TABLE pins (label_id bigint, user_id bigint) ON COMMIT DROP"
INSERT = """
    INSERT INTO user_labels (label_id, user_id, community_id, given_at, given_by)
    SELECT label_id, user_id, %s, now(), 'bench' FROM pins
    ON CONFLICT DO NOTHING RETURNING label_id, user_id
"""


class Order(msgspec.Struct):
    """What some clients do at once for a while, with the lists `first` up to `last`."""

    way: str
    clients: int
    seconds: float
    expect: str
    first: int
    last: int


class Sample(msgspec.Struct):
    """`next` is the first list that was left."""

    labels_s: float
    p50_ms: float
    next: int


class Place(msgspec.Struct):
    crowd: Crowd
    port: int
    database_url: str


Give = Callable[[int], None]


def by_http(place: Place, order: Order) -> Give:
    connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=30)
    headers = {
        "Authorization": f"Bearer {place.crowd.key}",
        "Content-Type": "application/json",
    }
    expected = order.expect.encode()

    def give(number: int) -> None:
        items = [
            f'{{"label":{label},"kind":"user","object_id":"{public_id}"}}'
            for label, _, public_id in place.crowd.pins(number)
        ]
        connection.request("POST", order.way, f"[{','.join(items)}]", headers)
        response = connection.getresponse()
        body = response.read()
        if expected not in body:
            raise RuntimeError(f"{response.status}: {body[:500]!r} … {body[-200:]!r}")

    return give


def by_sql(place: Place, order: Order) -> Give:
    """The least that writes the same rows: COPY, and one INSERT."""
    connection = psycopg.connect(place.database_url, autocommit=True)

    def give(number: int) -> None:
        pins = place.crowd.pins(number)
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute(STAGE)
            with cursor.copy("COPY pins FROM STDIN") as copy:
                copy.write("".join([f"{label}\t{user}\n" for label, user, _ in pins]))
            cursor.execute(INSERT, [place.crowd.community_id])
            if order.expect != str(len(cursor.fetchall())):
                raise RuntimeError("other rows were there than expected")

    return give


def carry_out(place: Place, order: Order) -> Sample:
    numbers = iter(range(order.first, order.last))
    times = array("d")
    failures: list[BaseException] = []
    started = perf_counter()

    def work() -> None:
        try:
            give = (by_sql if order.way == BARE else by_http)(place, order)
            for number in numbers:
                begun = perf_counter()
                give(number)
                times.append(perf_counter() - begun)
                if perf_counter() - started > order.seconds:
                    return
        except (OSError, RuntimeError, psycopg.Error) as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(order.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    elapsed = perf_counter() - started
    return Sample(len(times) * AT_ONCE / elapsed, median(times) * 1000, order.first + len(times))


@contextmanager
def givers(place: Place) -> Iterator[Callable[[Order], Sample]]:
    """Start the process on a core of its own; yield what takes orders to it."""
    command = [sys.executable, "-m", "benchmarks.labels._givers"]
    with pinned(LOAD_CORE):
        process = subprocess.Popen(  # noqa: S603 - our own program
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
    asked, told = process.stdin, process.stdout
    assert asked is not None  # noqa: S101 - both are pipes
    assert told is not None  # noqa: S101

    def ask(what: Place | Order) -> bytes:
        asked.write(msgspec.json.encode(what) + b"\n")
        asked.flush()
        return told.readline()

    ask(place)
    try:
        yield lambda order: msgspec.json.decode(ask(order), type=Sample)
    finally:
        process.kill()
        process.wait()
        asked.close()
        told.close()


def main() -> None:
    place = msgspec.json.decode(sys.stdin.buffer.readline(), type=Place)
    print("ready", flush=True)
    for line in sys.stdin.buffer:
        sample = carry_out(place, msgspec.json.decode(line, type=Order))
        print(msgspec.json.encode(sample).decode(), flush=True)


if __name__ == "__main__":
    main()
