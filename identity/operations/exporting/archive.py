"""The zip of an export: for each table one file to read by program, and one to look at.

Rows pass through a temporary file nobody else can open, so that a long history needs no memory.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec
from django.template.loader import render_to_string

from identity.queries.personal import PAGE, Source
from waddlebot.lib.cells import cell

MOST_ZIPPED: Final = 64 * 1024 * 1024
MOST_PLAIN: Final = 1024 * 1024 * 1024
encode: Final = msgspec.json.Encoder().encode
decode: Final = msgspec.json.Decoder(dict[str, Any]).decode

Tick = Callable[[int], None]
"""Called with the number of tables that are done, now and then."""


class TooLongError(Exception):
    """More is kept about somebody than an archive holds."""


def write_archive(
    sources: Sequence[Source], file: IO[bytes], *, account: str, now: datetime, tick: Tick
) -> None:
    """Write the zip into `file`. Raises TooLongError."""
    tables: list[dict[str, Any]] = []
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for source in sources:
            tick(len(tables))
            tables.append(_add(archive, source, tick=lambda: tick(len(tables))))
            if file.tell() > MOST_ZIPPED:
                raise TooLongError
        facts = {"account": account, "made_at": now, "tables": tables}
        archive.writestr("manifest.json", msgspec.json.format(encode(facts), indent=2))
        archive.writestr("README.txt", render_to_string("identity/export.txt", facts))
        tick(len(tables))


def _add(archive: ZipFile, source: Source, *, tick: Callable[[], None]) -> dict[str, Any]:
    path = f"data/{source.app}/{source.name}"
    with TemporaryFile() as lines:
        rows, columns = _gather(source, lines, tick)
        _write_json(archive, f"{path}.json", lines)
        _write_csv(archive, f"{path}.csv", lines, columns)
    return {"app": source.app, "name": source.name, "path": path, "rows": rows}


def _gather(source: Source, lines: IO[bytes], tick: Callable[[], None]) -> tuple[int, list[str]]:
    """Write each row as a line of JSON; return how many there are, and their columns."""
    rows, columns = 0, dict.fromkeys(source.columns)
    for row in source.rows():
        lines.write(encode(row) + b"\n")
        columns |= dict.fromkeys(row)
        rows += 1
        if rows % PAGE == 0:
            tick()
            if lines.tell() > MOST_PLAIN:
                raise TooLongError
    return rows, list(columns)


def _write_json(archive: ZipFile, name: str, lines: IO[bytes]) -> None:
    lines.seek(0)
    with archive.open(name, "w") as target:
        start = b"[\n"
        for line in lines:
            target.write(start + line.rstrip(b"\n"))
            start = b",\n"
        target.write(b"\n]\n" if start == b",\n" else b"[]\n")


def _write_csv(archive: ZipFile, name: str, lines: IO[bytes], columns: Sequence[str]) -> None:
    lines.seek(0)
    with (
        archive.open(name, "w") as raw,
        io.TextIOWrapper(raw, encoding="utf-8", newline="") as text,
    ):
        table = csv.DictWriter(text, columns)
        table.writeheader()
        table.writerows(_cells(decode(line)) for line in lines)


def _cells(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: cell(value) for name, value in row.items()}
