"""What followed recorded events, by kind and type: a small table of figures, learned across many actors.

An effect is a change per event in force (or per event, of an ending) of the halt logit, of the resumption logit, or of
the log intensity. `mean` is that of the population of actors, `spread` the sd between its actors, `se` the standard
error of the mean: for an actor that was never seen the effect is N(mean, spread^2 + se^2). `model/drivers` makes the
table from weekly counts and events; a user's own stands in the folder that `LULL_LEARNED` names.

The words are "after", not "because": those sign who mean to stop.
"""

import csv
from dataclasses import astuple, dataclass, fields
from functools import cache
from pathlib import Path

from lull.data.learned.tables import learned_table, write_table
from lull.data.readers.tabular import embedded_file
from lull.data.schema import InputError, Problem

FILE = "effects.csv"
MECHANISMS = ("halting", "resumption", "intensity")
ENDING = "ceasefire_end"  # the kind of how a ceasefire ended; the type says how
SOON = (1, 4)  # the weeks of the effect of what is no state
WHOLE = (1, 52)  # the weeks of the effect of a state in force
AFTER_END = (0, 4)  # those of the effect of an ending, its own week among them
UNRECORDED_SD = {"halting": 0.7, "resumption": 0.7, "intensity": 0.5}  # of an effect that no record teaches, around 0


@dataclass(frozen=True)
class Effect:
    """What followed events of one kind and type (none: any), on one mechanism, in the weeks from-to after them."""

    kind: str
    type: str
    mechanism: str
    weeks_from: int
    weeks_to: int
    mean: float
    spread: float
    se: float
    actors: int
    cases: int
    source: str

    @property
    def sd(self) -> float:
        """The sd of the effect for an actor that was never seen."""
        return float((self.spread**2 + self.se**2) ** 0.5)


COLUMNS = tuple(field.name for field in fields(Effect))


@dataclass(frozen=True)
class Effects:
    """The table: one row for each kind, type, mechanism and span of weeks."""

    rows: tuple[Effect, ...]

    def of(self, kind: str, type_: str, mechanism: str, weeks: tuple[int, int]) -> Effect | None:
        """Return the row of a kind and type; of any type where that one has none, and None where there is no record."""
        found = {
            row.type: row
            for row in self.rows
            if (row.kind, row.mechanism, row.weeks_from, row.weeks_to) == (kind, mechanism, *weeks)
        }
        return found.get(type_) or found.get("")

    def write(self, path: Path) -> None:
        """Write the table, a row an effect."""
        cells = ([f"{cell:.3f}" if isinstance(cell, float) else cell for cell in astuple(row)] for row in self.rows)
        write_table(path, COLUMNS, cells)

    @classmethod
    def read(cls, path: Path) -> "Effects":
        """Return the effects of a table. Raises `InputError` for another kind of table."""
        with path.open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        if tuple(header) != COLUMNS:
            raise InputError(
                Problem(str(path), ", ".join(COLUMNS), ", ".join(header), "`lull learn --events` makes the table.")
            )
        return cls(tuple(_effect(row, f"{path}, row {number}") for number, row in enumerate(rows, 2)))


def _effect(cells: list[str], where: str) -> Effect:
    """Return a row of the table."""
    try:
        whole, figures = [int(cells[place]) for place in (3, 4, 8, 9)], [float(cell) for cell in cells[5:8]]
    except (ValueError, IndexError) as error:
        raise InputError(
            Problem(where, "whole weeks and cases, and three figures", str(error), "Learn it again.")
        ) from error
    if cells[2] not in MECHANISMS or min(figures[1:]) < 0 or whole[0] > whole[1]:
        expected = f"a mechanism of {', '.join(MECHANISMS)}, and spread and se from 0 up"
        raise InputError(Problem(where, expected, ", ".join(cells), "Learn it again."))
    kind, type_, mechanism = cells[:3]
    mean, spread, se = figures
    return Effect(kind, type_, mechanism, whole[0], whole[1], mean, spread, se, whole[2], whole[3], cells[10])


def recorded_effects() -> Effects:
    """Return the effects in use: of the folder that `LULL_LEARNED` names if it has some, else those of Lull."""
    return _read_once(learned_table(FILE))


def shipped_effects() -> Effects:
    """Return the effects that come with Lull."""
    return _read_once(embedded_file(FILE))


@cache
def _read_once(path: Path) -> Effects:
    return Effects.read(path)
