"""The rows that a question in SQL gives, as plain columns."""

from math import isfinite
from typing import Any

import pyarrow as pa

from lull.cli.screen.streams import output

MOST_ROWS = 100  # that a page shows; --json prints all


def print_rows(answer: pa.Table) -> None:
    """Print rows, wider than the screen if need be, so that every cell is whole."""
    console = output()
    names = answer.column_names
    cells = [[_cell(value) for value in row.values()] for row in answer.slice(0, MOST_ROWS).to_pylist()]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    for line in (names, ["─" * width for width in widths], *cells):
        console.print("  ".join(map(str.ljust, line, widths)).rstrip(), soft_wrap=True)
    if (more := answer.num_rows - MOST_ROWS) > 0:
        console.print(f"... and {more} more rows (--json prints all).")


def plain_rows(answer: pa.Table) -> list[dict[str, Any]]:
    """Return rows as JSON has them: what is no number is null."""
    rows: list[dict[str, Any]] = _finite(answer.to_pylist())
    return rows


def _finite(value: Any) -> Any:
    """Return a value without numbers that are none."""
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def _cell(value: object) -> str:
    """Return a value as a page shows it; --json has all digits."""
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
