"""One table on the terminal, or in a file as plain text."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table


def show(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], note: str = ""
) -> None:
    """Print a table; the first column reads, the others are numbers. An empty row is a rule."""
    table = Table(title=title, title_justify="left", caption=note, caption_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        if row:
            table.add_row(*row)
        else:
            table.add_section()
    # A table cut off at 80 columns in a log is of no use.
    console = Console()
    Console(width=max(console.width, 160), markup=False).print(table)


def verdict(reached: bool) -> str:  # noqa: FBT001 - a yes or no is all there is
    return "✓" if reached else "✗"
