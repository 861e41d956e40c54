"""How actors return from a pause: three numbers of the regime model, learned across actors, as a small table.

After a long pause a busy actor comes back at about `rate` attacks a week, whatever it was before; a pause of
`half_life` weeks takes half of the way there, on the log scale; `sd` is how far returns lie apart, log scale. The
equations are in `docs/model.md`; `evaluation/return_record.py` learns the numbers from weekly counts.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

from lull.data.learned.tables import learned_table, write_table
from lull.data.readers.tabular import embedded_file
from lull.data.schema import InputError, Problem

FILE = "returns.csv"
COLUMNS = ("quantity", "value", "returns", "actors", "source")
QUANTITIES = ("rate", "half_life", "sd")


@dataclass(frozen=True)
class Returns:
    """Rate in attacks per week, half-life in weeks, sd on the log scale, and what they were learned from."""

    rate: float
    half_life: float
    sd: float
    returns: int
    actors: int
    source: str

    def write(self, path: Path) -> None:
        """Write the table, a row a quantity."""
        learned_from = self.returns, self.actors, self.source
        write_table(path, COLUMNS, ((name, f"{getattr(self, name):.4g}", *learned_from) for name in QUANTITIES))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the numbers of a table. Raises `InputError` for another kind of table."""
        with path.open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        remedy = "`lull learn --returns` makes the table."
        if tuple(header) != COLUMNS or tuple(row[0] for row in rows) != QUANTITIES:
            expected = f"the columns {', '.join(COLUMNS)} and the quantities {', '.join(QUANTITIES)}"
            raise InputError(Problem(str(path), expected, ", ".join(header), remedy))
        try:
            rate, half_life, sd = (float(row[1]) for row in rows)
            returns, actors = int(rows[0][2]), int(rows[0][3])
        except ValueError as error:
            raise InputError(Problem(str(path), "a number as value and whole counts", str(error), remedy)) from error
        if not min(rate, half_life, sd) > 0:
            raise InputError(Problem(str(path), "values above 0", f"{rate:g}, {half_life:g}, {sd:g}", remedy))
        return cls(rate, half_life, sd, returns, actors, rows[0][4])


def recorded_returns() -> Returns:
    """Return the numbers in use: of the folder that `LULL_LEARNED` names if it has some, else those of Lull."""
    return _read_once(learned_table(FILE))


def shipped_returns() -> Returns:
    """Return the numbers that come with Lull."""
    return _read_once(embedded_file(FILE))


@cache
def _read_once(path: Path) -> Returns:
    return Returns.read(path)
