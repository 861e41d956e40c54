"""How far a forecast is to be trusted, in the one place where it is said: calibrated, no own record, uncalibrated.

The figures are those of a backtest (`evaluation/scores/calibration.py` makes them): how often the intervals of past
forecasts held what happened, and a verdict on each. Those of the run's own counts or reports stand in the store;
where there are none, or too few, the grade is "no own record", and the reason says how the method did on the series
that Lull was developed on; where it failed there, the grade is "uncalibrated". Before anything is scored it is "not
yet scored", and of draws that did not converge "unusable". The grade is looked up when a number is shown, for a
record may be made after the run.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from lull.data.readers.tabular import embedded_file
from lull.data.schema import InputError, Problem
from lull.model.runs.store import Run, content_id

type Calibrated = Literal["calibrated", "no own record", "uncalibrated", "not yet scored", "unusable"]

FILE = "calibration.csv"  # in `data/embedded` that of the development series, once it has been measured
FOLDER = ".calibration"  # of a store
KEPT, TOO_FEW = "kept", "too few"  # verdicts; any other says what is wrong
INTERVALS = {"coverage_90": "90 %", "coverage_50": "50 %"}
NOBODY = "no past forecast of these data has been scored, `lull backtest` does it"
DIVERGED = "the sampler did not converge"


@dataclass(frozen=True)
class Figure:
    """One figure of calibration: what it should be, what it was, and the interval of sampling error.

    `figure` is `coverage_50`, `coverage_90` or `pit` (the largest distance of the mean PIT from the uniform).
    """

    figure: str
    nominal: float
    held: float
    low: float
    high: float
    forecasts: int
    series: int
    verdict: str


@dataclass(frozen=True)
class Grading:
    """The grade of a run's forecasts, and why."""

    grade: Calibrated
    reason: str

    @property
    def sentence(self) -> str:
        """The grade and its reason."""
        return f"{self.grade}: {self.reason}"


def grading_of(run: Run) -> Grading:
    """Return the grade of a run: unusable if it did not converge, else what the record of its data says."""
    if run.record["grade"] == "unusable":
        return Grading("unusable", DIVERGED)
    evidence = run.record.get("plan", {}).get("evidence", {})
    own = read_figures(run.folder.parent / FOLDER / name_of(evidence))
    if own and not any(one.verdict == TOO_FEW for one in own):
        return graded(own, of="of these data")
    usual = read_figures(embedded_file(FILE))
    short = (
        f"these data have only {own[0].forecasts} scored forecasts" if own else "these data have no record of their own"
    )
    if usual:
        return borrowed(graded(usual, of="of the development series"), short)
    return Grading("not yet scored", f"{short}, too few to tell" if own else NOBODY)


def borrowed(told: Grading, short: str) -> Grading:
    """Return the grade of data without a record of their own, from that of other series and what is short of one."""
    if told.grade == "calibrated":
        return Grading("no own record", f"{short}; elsewhere the method was calibrated: {told.reason}")
    return Grading(told.grade, f"{told.reason}; {short}")


def graded(figures: Sequence[Figure], *, of: str) -> Grading:
    """Return the grade of a record, of which series it is said."""
    wrong = [one for one in figures if one.verdict != KEPT]
    first = figures[0]
    start = f"on {first.forecasts:,} past forecasts of {first.series} series {of} "
    held = [
        f"{INTERVALS[one.figure]} intervals held what came in {_share(one)}"
        for one in figures
        if one.figure in INTERVALS
    ]
    if not wrong:
        return Grading("calibrated", start + " and ".join(held))
    return Grading("uncalibrated", start + "; ".join(map(_complaint, wrong)))


def _complaint(figure: Figure) -> str:
    if figure.figure in INTERVALS:
        return f"{INTERVALS[figure.figure]} intervals held what came in {_share(figure)}: {figure.verdict}"
    return f"forecasts were {figure.verdict}"


def _share(figure: Figure) -> str:
    return f"{100 * figure.held:.0f} % [{100 * figure.low:.0f}, {100 * figure.high:.0f}]"


def name_of(evidence: Mapping[str, Any]) -> str:
    """Return the file in which the figures of counts or reports are kept, by their checksums."""
    return f"{content_id({name: evidence.get(name) for name in ('counts', 'reports')})}.csv"


COLUMNS = tuple(field.name for field in fields(Figure))


def write_figures(figures: Iterable[Figure], path: Path) -> None:
    """Write figures as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        for one in figures:
            rows.writerow(f"{cell:.4f}" if isinstance(cell, float) else cell for cell in astuple(one))


def read_figures(path: Path) -> tuple[Figure, ...]:
    """Return the figures of a file, none if it is not there. Raises `InputError` for another kind of file."""
    if not path.is_file():
        return ()
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    try:
        return tuple(_figure(row) for row in rows)
    except (KeyError, ValueError, TypeError) as error:
        remedy = "`lull backtest` makes it anew."
        raise InputError(Problem(str(path), ", ".join(COLUMNS), str(error), remedy)) from error


def _figure(row: Mapping[str, str]) -> Figure:
    nominal, held, low, high = (float(row[name]) for name in ("nominal", "held", "low", "high"))
    return Figure(row["figure"], nominal, held, low, high, int(row["forecasts"]), int(row["series"]), row["verdict"])
