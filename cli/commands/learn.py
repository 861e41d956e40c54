"""`lull learn`: tables of figures from the user's own counts, events and past forecasts."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lull.cli.options.arguments import DATE, FILE, FillZeros, OutputOptions
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lull.data.counts import WeeklyCounts
    from lull.data.events import Event
    from lull.data.learned.effects import Effects
    from lull.data.learned.pool import Pool
    from lull.data.learned.returns import Returns
    from lull.evaluation.reference_class import Learned
    from lull.model.drivers.event_study import Followed
    from lull.model.hurdle.benchmark import HurdleBenchmark

BENCHMARK = "companion.csv"
FOLLOWED = "followed.csv"
STEPS = 3
OWN_SOURCE = "own counts and events"


@dataclass(frozen=True)
class CountsToLearnFrom:
    """Files of weekly counts, and what of them is read."""

    counts: Annotated[
        list[Path], typer.Option(metavar=FILE, help="Weekly counts: series, week_start, count; repeatable.")
    ]
    until: Annotated[
        str | None,
        typer.Option(metavar=DATE, help="Only the weeks that were over by this day; later ones stay for a test."),
    ] = None
    fill_zeros: FillZeros = False


@options(without={"store"})
def learn(
    *,
    read: CountsToLearnFrom,
    events: Annotated[
        list[Path] | None,
        typer.Option(
            metavar=FILE, help="Events of these series (column series): learn what followed them; repeatable."
        ),
    ] = None,
    scores: Annotated[
        list[Path] | None,
        typer.Option(metavar=FILE, help="The scores.parquet of a backtest of these counts; repeatable."),
    ] = None,
    returns: Annotated[
        bool, typer.Option("--returns", help="Also learn how busy actors return from a pause: returns.csv.")
    ] = False,
    source: Annotated[
        str, typer.Option(metavar="TEXT", help="What effects.csv and returns.csv name as their source.")
    ] = OWN_SOURCE,
    no_prior: Annotated[
        bool,
        typer.Option("--no-prior", help="From these counts alone, not shrunk towards the estimates of Lull."),
    ] = False,
    afresh: Annotated[bool, typer.Option("--afresh", hidden=True, help="The old name of --no-prior.")] = False,
    output: OutputOptions,
) -> None:
    """Learn from weekly counts of many actors how their silences ended.

    Reports how often silences ended by their age, next to the record that comes with Lull, and fits the hurdle
    benchmark of the model to the same counts. Writes pauses.csv and companion.csv to --out. With LULL_LEARNED set to
    that folder, answers show its pauses.csv as the reference rate.
    With --events it learns what followed them, by kind: effects.csv (halting, resumption, intensity: what every fit
    then believes of such events) and followed.csv (attacks against the forecast of the week before, and against
    control dates of the same actors). With --scores it learns how much of a forecast follows each of its three models,
    and writes pool.csv. With --returns it learns at which rate busy actors come back after a pause, how long a pause
    takes half of the way there, and how far returns lie apart: returns.csv, which every fit then uses.
    """
    if afresh:
        typer.echo("--afresh is now called --no-prior; the old name goes with the next release.", err=True)
    alone = no_prior or afresh

    from lull.cli.options.problems import Problems

    problems = Problems()
    last = problems.day("--until", read.until)
    problems.stop_if_any()

    from lull.cli.printing.effects import effects_document, print_effects
    from lull.cli.printing.pause_record import learned_document, print_learned
    from lull.cli.screen.streams import print_json
    from lull.data.learned.effects import FILE as EFFECTS
    from lull.data.learned.pause_record import FILE as PAUSES
    from lull.data.learned.pool import FILE as POOL
    from lull.data.learned.returns import FILE as RETURNS
    from lull.scenarios.results.outputs import check_out

    if output.out is not None:
        check_out(output.out)
    panels = _panels(read.counts, until=last, fill_zeros=read.fill_zeros)
    found = _read(events or (), panels)
    learned, fitted = _learned(panels, alone=alone)
    effects, followed = _after_events(panels, found, source=source, alone=alone) if found else (None, [])
    tables: dict[str, Any] = {PAUSES: learned.pauses, BENCHMARK: fitted} | ({EFFECTS: effects} if effects else {})
    tables |= {POOL: _pool(panels, scores)} if scores else {}
    tables |= {RETURNS: _returns(panels, source=source, alone=alone)} if returns else {}
    written = [] if output.out is None else _written(tables, followed, output.out)
    if output.as_json:
        document = learned_document(learned) | effects_document(effects, followed)
        print_json(document | {"files": [str(path) for path in written]})
    else:
        print_learned(learned, read.counts, written, no_prior=alone)
        print_effects(followed, found)


def _panels(files: list[Path], *, until: date | None, fill_zeros: bool) -> "list[WeeklyCounts]":
    """Return the counts of files, of weeks that were over by a day. Raises `InputError` for one without a silence."""
    from lull.cli.screen.streams import progress
    from lull.cli.silences import with_silences
    from lull.data.counts import read_counts

    with progress(waiting="read the counts") as report:
        report("read the counts", 0, STEPS)
        read = [(file, read_counts(file, fill_zeros=fill_zeros)) for file in files]
        return [with_silences(panel, file.name, until=until) for file, panel in read]


def _pool(panels: "Sequence[WeeklyCounts]", scores: list[Path]) -> "Pool":
    """Return the weights of the pool from past forecasts of the counts."""
    from lull.evaluation.scores.pool_weights import learn_pool
    from lull.evaluation.scores_file import read_scores

    tables = [read_scores(path).table for path in scores]
    names = ", ".join(f"{path.parent.name}/{path.name}" for path in scores)
    return learn_pool(tables, panels, source=f"lull learn --scores: {names}")


def _returns(panels: "Sequence[WeeklyCounts]", *, source: str, alone: bool) -> "Returns":
    """Return how the series returned from a pause. Raises `InputError` where there are too few returns."""
    from lull.data.learned.returns import shipped_returns
    from lull.data.schema import InputError, Problem
    from lull.evaluation.return_record import FEWEST, LEAST, learn_returns

    histories = [row for panel in panels for row in panel.array.to_numpy()[0]]
    learned = learn_returns(histories, source=source, around=None if alone else shipped_returns())
    if learned is None:
        expected = f"at least {FEWEST} returns from a silence after {LEAST} attacks or more in half a year"
        raise InputError(Problem("--returns", expected, "fewer", "Learn from more actors, or leave --returns out."))
    return learned


def _read(files: "Sequence[Path]", panels: "Sequence[WeeklyCounts]") -> "tuple[Event, ...]":
    """Return the events of files. Raises `InputError` for events of series that the counts do not have, or of none."""
    from lull.data.events import check_series, read_events
    from lull.data.schema import InputError, Problem

    known = [name for panel in panels for name in panel.series]
    found: list[Event] = []
    for file in files:
        events = read_events(file)
        check_series(events, known, file.name)
        if not any(event.series for event in events):
            remedy = "Fill in the column series: whose counts each event bears on."
            raise InputError(Problem(file.name, "events of single series", "none", remedy))
        found += events
    return tuple(found)


def _learned(panels: "Sequence[WeeklyCounts]", *, alone: bool) -> "tuple[Learned, HurdleBenchmark]":
    """Return the record of pauses and the hurdle benchmark; `alone`: not shrunk towards the shipped ones."""
    from lull.cli.screen.streams import progress
    from lull.data.learned.pause_record import shipped_pauses
    from lull.evaluation.reference_class import learn_pauses
    from lull.model.hurdle import benchmark

    with progress(waiting="learn how silences ended") as report:
        report("learn how silences ended", 1, STEPS)
        histories = [panel.array.to_numpy()[0] for panel in panels]
        learned = learn_pauses(histories, around=None if alone else shipped_pauses())
        report("fit the hurdle benchmark", 2, STEPS)
        rows = [row for history in histories for row in history]
        return learned, benchmark.learn(rows, around=None if alone else benchmark.shipped())


def _after_events(
    panels: "Sequence[WeeklyCounts]", events: "tuple[Event, ...]", *, source: str, alone: bool
) -> "tuple[Effects, list[Followed]]":
    """Return what followed the events, against forecasts of the hurdle benchmark that comes with Lull."""
    from lull.cli.screen.streams import progress
    from lull.data.learned.effects import shipped_effects
    from lull.model.drivers.effects_estimate import learn_effects
    from lull.model.drivers.event_study import followed
    from lull.model.hurdle.benchmark import shipped

    with progress(waiting="learn what followed the events") as report:
        report("learn what followed the events", 0, 2)
        effects = learn_effects(panels, events, shipped(), source=source, around=None if alone else shipped_effects())
        report("compare with control dates", 1, 2)
        return effects, [row for panel in panels for row in followed(panel, events, shipped(), seed=1)]


def _written(tables: "dict[str, Any]", followed: "list[Followed]", out: Path) -> list[Path]:
    """Write the tables, each whole or not at all, and return where they are."""
    from dataclasses import astuple, fields

    from lull.data.files import whole_file
    from lull.data.importers.written import write_rows

    out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        with whole_file(out / name) as scratch:
            table.write(scratch)
    if followed:
        cells = [[f"{cell:.3g}" if isinstance(cell, float) else cell for cell in astuple(row)] for row in followed]
        write_rows(out / FOLLOWED, [each.name for each in fields(followed[0])], cells)
    return [out / name for name in (*tables, *([FOLLOWED] if followed else ()))]
