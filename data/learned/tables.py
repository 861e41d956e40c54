"""Tables of figures that were learned from the record of many actors: those that come with Lull, or the user's own.

The invariant: whatever is named by a hash of what decides it (a run, a kept forecast, a trial) has the tables in that
hash where they change it, so that results of other tables are never taken for its own.
"""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from lull.data.files import file_checksum
from lull.data.readers.tabular import embedded_file
from lull.data.settings import settings

TABLES = ("companion.csv", "effects.csv", "pauses.csv", "pool.csv", "returns.csv")
MAY_LACK = frozenset(
    {"effects.csv", "pool.csv", "returns.csv"}
)  # learned only if asked for; else that of Lull is in use


def learned_table(name: str) -> Path:
    """Return where a table is: in the folder that the settings name, if they name one, or among the embedded data."""
    folder = settings().learned
    if folder is None or (name in MAY_LACK and not (folder / name).is_file()):
        return embedded_file(name)
    return folder / name


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a table of figures: a line of columns, and the rows."""
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(columns)
        lines.writerows(rows)


def learned_identity() -> dict[str, str]:
    """Return the checksum of each table in use that is not the one that comes with Lull; one that is not there is "".

    Empty where none of one's own is in use. Reading a table that is not there is an error, naming it is not.
    """
    own = {name: learned_table(name) for name in TABLES}
    found = {name: file_checksum(path) if path.is_file() else "" for name, path in own.items()}
    return {name: checksum for name, checksum in found.items() if checksum != file_checksum(embedded_file(name))}
