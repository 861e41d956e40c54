"""The parts that printed pages are laid out of: headings, paragraphs, tables, the line of a verdict."""

from collections.abc import Iterable
from pathlib import Path

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lull.scenarios.presentation.verdicts import GRADE_STYLES

WIDEST_NAME = 22


def heading(text: str) -> Text:
    """Return a heading line."""
    return Text(f"\n{text}", style="bold")


def indented(text: str, *, style: str = "", by: int = 2) -> Padding:
    """Return a paragraph set in by some columns, so that its lines wrap under each other."""
    return Padding(Text(text, style=style), (0, 0, 0, by), expand=False)


def plain_table(*columns: str, words: int = 1, widest: int = WIDEST_NAME) -> Table:
    """Return an empty table: `words` columns of words, then numbers."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column(columns[0], max_width=widest, overflow="fold")
    for place, column in enumerate(columns[1:], start=1):
        table.add_column(column, justify="left" if place < words else "right", no_wrap=True)
    return table


def verdict_line(grade: str, reasons: Iterable[str]) -> Padding:
    """Return the verdict on a fit in one line: the grade in its colour, and its reasons."""
    line = Text(grade, style=GRADE_STYLES[grade])
    line.append(f": {'; '.join(reasons)}.", style="default")
    return Padding(line, (0, 0, 0, 2))


def print_files(files: Iterable[Path | str], console: Console) -> None:
    """Print which files were written, each on one line however long."""
    for file in files:
        console.print(f"Wrote {file}", soft_wrap=True)


def more_line(listed: int, of: int, *, where: str = "--json lists all") -> str:
    """Return the line that ends a list that was cut; empty if nothing is missing."""
    return f"... and {of - listed} more ({where})." if of > listed else ""
