"""How an import shows how far it is."""

import os
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import IO, Any, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)


class Watched:
    """A file that tells how much of it was read."""

    def __init__(self, file: IO[bytes], bars: "Bars") -> None:
        self.file, self.bars = file, bars

    def read(self, size: int, /) -> bytes:
        data = self.file.read(size)
        self.bars.sent(len(data))
        return data


class Bars:
    """One bar for the file, one for its lines; on a terminal only."""

    def __init__(self, *, is_shown: bool) -> None:
        console = Console(stderr=True)
        self.progress = Progress(
            TextColumn("{task.description:<9}"),
            BarColumn(),
            TaskProgressColumn(show_speed=True),
            TextColumn("{task.fields[told]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not is_shown or not sys.stderr.isatty(),
        )
        self.file = self.progress.add_task("sending", total=None, told="")
        self.lines = self.progress.add_task("importing", total=None, told="", visible=False)

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.progress.stop()

    def sending(self, file: IO[bytes]) -> Watched:
        size = os.fstat(file.fileno()).st_size
        self.progress.update(self.file, total=size or None)
        return Watched(file, self)

    def sent(self, size: int) -> None:
        self.progress.update(self.file, advance=size)

    def show(self, job: Mapping[str, Any]) -> None:
        failed = f"{job['error_count']:,} failed" if job["error_count"] else ""
        self.progress.update(
            self.lines,
            visible=True,
            total=job["total"],
            completed=job["done"],
            told=f"{job['done']:,} of {job['total']:,} {failed}",
        )
