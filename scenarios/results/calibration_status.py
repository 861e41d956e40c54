"""How far a forecast is to be trusted, in the one place where it is said.

Four grades. *unusable*: the sampler did not converge. *no own record*: no past forecast of these data was compared with
what happened; then the reason says how the method did elsewhere. *consistent so far*: past forecasts were, and do not
contradict what was stated; the reason says how many they are and what so few could have shown. *contradicted*: what was
stated came too often or too seldom for chance (`evaluation/scores/calibration.py`), at any number of forecasts.

The grade is looked up when a number is shown, for a record may be made after the run.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from lull.data.readers.tabular import embedded_file
from lull.data.schema import InputError, Problem
from lull.model.runs.store import Run, content_id

type Calibrated = Literal["consistent so far", "contradicted", "no own record", "unusable"]

FILE = "calibration.csv"  # in `data/embedded` that of the development series
OWN_FILE = "embedded_record.csv"  # that of the embedded reports
FOLDER = ".grades"  # of a store
CONSISTENT, CONTRADICTED, UNTESTED = "consistent", "contradicted", "not tested"  # verdicts; any other names a fault
OVERALL, ANY_ATTACK = "all", "any_attack"
UNSCORED = "no past forecast of these data was compared with what happened (`lull backtest` does it)"
DIVERGED = "the sampler did not converge"
FEW = 20  # independent bets, below which a record shows gross faults at most
MOST_NAMED = 3  # faults that a sentence names


@dataclass(frozen=True)
class Figure:
    """One thing that was stated of past forecasts, and what came of it.

    `figure` is `coverage_90` or `coverage_50` (intervals of weekly counts), `total_coverage_...` (of the total of
    `weeks`), `any_attack` (the chance of an attack within `weeks`; after a silence, state `silent`, of a resumption) or
    `all`, the grade. `nominal` is the share or the mean chance that was stated, `held` the share that came, 0..1.
    `rounds` are the independent bets that `forecasts` give. `e_value` is the evidence against the forecast, largest so
    far (20 contradicts it). `detectable`: 90 % intervals that hold this share or less would most likely have been
    found out. None where it has no meaning or is not known.
    """

    model: str
    figure: str
    state: str
    weeks: int
    nominal: float | None
    held: float | None
    forecasts: int
    rounds: int
    series: int
    e_value: float | None
    verdict: str
    detectable: float | None = None


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
    if own := own_figures(run):
        return graded(own)
    elsewhere = read_figures(embedded_file(FILE))
    return Grading("no own record", f"{UNSCORED}{_elsewhere(elsewhere) if elsewhere else ''}")


def own_figures(run: Run) -> tuple[Figure, ...]:
    """Return the figures of past forecasts of a run's own data: those in the store, or those that come with Lull."""
    name = name_of(run.record.get("plan", {}).get("evidence", {}))
    own = run.folder.parent / FOLDER / f"{name}.csv"
    return read_figures(own) if own.is_file() else read_figures(embedded_file(OWN_FILE), source=name)


def graded(figures: Sequence[Figure], *, of: str = "of these data") -> Grading:
    """Return the grade of a record, of which series it is said; its first line is that of all components."""
    whole = figures[0]
    start = f"in {_many(whole.forecasts, 'past forecast')} {of}, compared with what happened,"
    if whole.verdict == CONTRADICTED:
        wrong = [one for one in figures[1:] if one.verdict != CONSISTENT]
        named = sorted(wrong, key=lambda one: -(one.e_value or 0.0))[:MOST_NAMED]
        faults = "; ".join(fault_sentence(one) for one in named)
        return Grading("contradicted", f"{start} {faults}. Chance alone does so in fewer than 1 record in 20")
    return Grading("consistent so far", f"{start} {_held(figures)}. {_shown(whole)}{_untested(figures)}")


def fault_sentence(figure: Figure) -> str:
    """Return what was stated, what came, and what is wrong with it, in plain words."""
    nominal, held = 100 * (figure.nominal or 0.0), 100 * (figure.held or 0.0)
    if figure.figure == ANY_ATTACK:
        after = " after a silence" if figure.state == "silent" else ""
        event = f"an attack within {_many(figure.weeks, 'week')}{after}"
        return f"{event} had a mean stated chance of {nominal:.0f} % and came in {held:.0f} % (stated {figure.verdict})"
    of = f"totals of {figure.weeks} weeks" if figure.figure.startswith("total_") else "weekly counts"
    return f"the {nominal:.0f} % intervals of {of} held {held:.0f} % of what came ({figure.verdict})"


def _held(figures: Sequence[Figure]) -> str:
    """Return how often the intervals of weekly counts held."""
    longest = {one.figure: one for one in sorted(figures, key=lambda one: one.weeks) if one.held is not None}
    shown = [longest[name] for name in ("coverage_90", "coverage_50") if name in longest]
    parts = [f"the {100 * (one.nominal or 0.0):.0f} % intervals held {100 * (one.held or 0.0):.0f} %" for one in shown]
    return f"{' and '.join(parts)} of weekly counts" if parts else "what was stated came about as often as stated"


def _shown(whole: Figure) -> str:
    """Return what a record that contradicts nothing could have shown."""
    if whole.detectable is None:
        return "So few could not have shown that the forecasts are wrong, so this is no proof that they are right"
    held = f"90 % intervals that hold {100 * whole.detectable:.0f} % or less"
    if whole.rounds < FEW:
        return f"So few show gross faults only ({held}), so this is no proof that they are right"
    return f"So many would most likely have shown {held}; smaller faults they might not"


def _untested(figures: Sequence[Figure]) -> str:
    """Return that no resumption was tested, where chances were but no past forecast began in a silence."""
    states = {one.state for one in figures if one.figure == ANY_ATTACK}
    return ". None began in a silence, so the chances of a resumption are not tested" if states == {"active"} else ""


def _elsewhere(figures: Sequence[Figure]) -> str:
    """Return how the method did on other series, which says less than a record of one's own."""
    whole = figures[0]
    start = f". Elsewhere, on {_many(whole.forecasts, 'past forecast')} of {whole.series} other series"
    if whole.verdict == CONTRADICTED:
        return f"{start}, the method was contradicted ({graded(figures, of='of other series').reason})"
    return f"{start}, {_held(figures)}: that is how the method did there, and may not hold here"


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def name_of(evidence: Mapping[str, Any]) -> str:
    """Return what names the record of counts or reports, by their checksums."""
    return content_id({name: evidence.get(name) for name in ("counts", "reports")})


COLUMNS = (*(field.name for field in fields(Figure)), "source")


def write_figures(figures: Iterable[Figure], path: Path, *, source: str) -> None:
    """Write figures as CSV; `source` names the counts or reports that they are of, as `name_of` does."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        for one in figures:
            rows.writerow([*(f"{cell:.4g}" if isinstance(cell, float) else cell for cell in astuple(one)), source])


def read_figures(path: Path, *, source: str | None = None) -> tuple[Figure, ...]:
    """Return the figures of a file; none if it is not there, or is of other data than `source`.

    Raises `InputError` for another kind of file.
    """
    try:
        stat = path.stat()
    except OSError:
        return ()
    return _read_once(path, source, (stat.st_ino, stat.st_size, stat.st_mtime_ns))


@lru_cache(maxsize=64)
def _read_once(path: Path, source: str | None, _state: tuple[int, ...]) -> tuple[Figure, ...]:
    """Return the figures of a file, read once as long as it is not written again: a list asks for each run."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    try:
        return tuple(_figure(row) for row in rows if source is None or row["source"] == source)
    except (KeyError, ValueError, TypeError) as error:
        remedy = "`lull backtest` makes it again."
        raise InputError(Problem(str(path), ", ".join(COLUMNS), str(error), remedy)) from error


def _figure(row: Mapping[str, str]) -> Figure:
    names = ("nominal", "held", "e_value", "detectable")
    nominal, held, e_value, detectable = (float(row[name]) if row[name] else None for name in names)
    weeks, forecasts, rounds, series = (int(row[name]) for name in ("weeks", "forecasts", "rounds", "series"))
    words = row["model"], row["figure"], row["state"]
    return Figure(*words, weeks, nominal, held, forecasts, rounds, series, e_value, row["verdict"], detectable)
