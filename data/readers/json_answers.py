"""JSON as the APIs of ACLED and UCDP answer: rows in an envelope, or a plain list of them, as a table of cells."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lull.data.readers.headings import named
from lull.data.readers.parquet import cell_text
from lull.data.readers.tabular import MAX_ROWS, Table, header_problems, read_utf8
from lull.data.schema import InputError, Problem

ROWS = ("data", "Result")  # where an envelope holds its rows
MOST_VALUES = 20_000_000
TOTALS = ("TotalCount", "total_count")


def read_answer_table(
    path: Path | str, *, required: Iterable[str], optional: Iterable[str] | None, used: Iterable[str] = ()
) -> Table:
    """Return the rows of an answer as text cells, with its envelope; raises `InputError` as `read_table` does."""
    path, required = Path(path), tuple(required)
    optional = None if optional is None else tuple(optional)
    rows, envelope = _parted(_document(path), path.name)
    keys = list(dict.fromkeys(key for row in rows for key in row))
    columns = named(keys, (*required, *(optional or ()), *used))
    if problems := header_problems(columns, f"{path.name}:row 1", required=required, optional=optional):
        raise InputError(problems)
    cells = [[cell_text(row.get(key)) for row in rows] for key in keys]
    notes = _notes(envelope, len(rows))
    lines = list(range(1, len(rows) + 1))
    return Table(path.name, columns, lines, list(zip(*cells, strict=True)), {}, "row", notes, envelope)


def answer_heading(path: Path) -> tuple[str, ...] | None:
    """Return the keys of the rows of an answer; None if the file holds no rows, as a scenario does not."""
    try:
        rows, _ = _parted(_document(path), path.name)
    except InputError:
        return None
    return tuple(dict.fromkeys(key for row in rows[:100] for key in row))


def _document(path: Path) -> Any:
    content, _ = read_utf8(path)
    if content.count(b",") > MOST_VALUES or content.count(b"{") + content.count(b"[") > MAX_ROWS:
        raise InputError(Problem(path.name, f"at most {MOST_VALUES:,} values", "more", "Ask for fewer rows at once."))
    try:
        return json.loads(content)
    except RecursionError:
        raise InputError(Problem(path.name, "rows in JSON", "lists within lists without end")) from None
    except json.JSONDecodeError as error:
        raise InputError(Problem(f"{path.name}:line {error.lineno}", "JSON", f"what is none ({error.msg})")) from None
    except ValueError as error:
        raise InputError(Problem(path.name, "JSON", f"what cannot be read ({str(error)[:100]})")) from None


def _parted(document: Any, name: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the rows of a document, and what comes with them."""
    envelope: dict[str, Any] = {}
    rows = document
    if isinstance(document, dict):
        key = next((key for key in ROWS if isinstance(document.get(key), list)), None)
        if key is None:
            message = {each: document[each] for each in ("status", "success", "message", "error") if each in document}
            found = f"{'an error, ' if message else ''}{json.dumps(message or list(document))[:200]}"
            raise InputError(Problem(name, f"rows under {' or '.join(ROWS)}", found))
        rows, envelope = document[key], {each: value for each, value in document.items() if each != key}
    if not isinstance(rows, list):
        raise InputError(Problem(name, "a list of rows", f"{type(rows).__name__}"))
    if not rows:
        remedy = "An empty answer may be what the account may not see: it says nothing of peace."
        raise InputError(Problem(name, "rows", "an answer without rows", remedy))
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise InputError(Problem(f"{name}:row {number}", "a row with names of columns", repr(row)[:60]))
    return rows, envelope


def _notes(envelope: dict[str, Any], size: int) -> tuple[str, ...]:
    """Return that there is more than this file holds, if the envelope says so."""
    total = next((envelope[key] for key in TOTALS if isinstance(envelope.get(key), int)), size)
    if total <= size:
        return ()
    return (f"The answer says that there are {total:,} rows and holds {size:,}: the other pages are other files.",)
