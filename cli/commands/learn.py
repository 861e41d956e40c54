"""`lull learn`: the record of pauses, the hurdle benchmark and the weights of the pool, from the user's own counts."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.options.arguments import DATE, FILE, FillZeros, OutputOptions
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from lull.data.learned.pause_record import Pauses
    from lull.data.learned.pool import Pool
    from lull.evaluation.reference_class import Learned
    from lull.model.hurdle.benchmark import HurdleBenchmark

FILES = ("pauses.csv", "companion.csv", "pool.csv")  # the last with --scores
STEPS = 3


@options(without={"store"})
def learn(
    *,
    counts: Annotated[
        list[Path], typer.Option(metavar=FILE, help="Weekly counts: series, week_start, count; repeatable.")
    ],
    scores: Annotated[
        list[Path] | None,
        typer.Option(metavar=FILE, help="The scores.parquet of a backtest of these counts; repeatable."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar=DATE, help="Only the weeks that were over by this day; later ones stay for a test."),
    ] = None,
    no_prior: Annotated[
        bool,
        typer.Option("--no-prior", help="From these counts alone, not shrunk towards the estimates of Lull."),
    ] = False,
    afresh: Annotated[bool, typer.Option("--afresh", hidden=True, help="The old name of --no-prior.")] = False,
    fill_zeros: FillZeros = False,
    output: OutputOptions,
) -> None:
    """Learn from weekly counts of many actors how their silences ended.

    Reports how often silences ended by their age, next to the record that comes with Lull, and fits the hurdle
    benchmark of the model to the same counts. Writes pauses.csv and companion.csv to --out. With LULL_LEARNED set to
    that folder, answers show its pauses.csv as the reference rate. With --scores it also learns how much of a forecast
    follows each of the two models, and writes pool.csv.
    """
    if afresh:
        typer.echo("--afresh is now called --no-prior; the old name goes with the next release.", err=True)
    alone = no_prior or afresh

    from lull.cli.options.problems import Problems

    problems = Problems()
    last = problems.day("--until", until)
    problems.stop_if_any()

    from lull.cli.printing.pause_record import learned_document, print_learned
    from lull.cli.screen.streams import print_json
    from lull.scenarios.results.outputs import check_out

    if output.out is not None:
        check_out(output.out)
    pool = [_pool(counts, scores, fill_zeros=fill_zeros)] if scores else []
    learned, fitted = _learned(counts, until=last, fill_zeros=fill_zeros, alone=alone)
    written = [] if output.out is None else _written([learned.pauses, fitted, *pool], output.out)
    if output.as_json:
        print_json(learned_document(learned) | {"files": [str(path) for path in written]})
    else:
        print_learned(learned, counts, written, no_prior=alone)


def _learned(
    files: list[Path], *, until: date | None, fill_zeros: bool, alone: bool
) -> "tuple[Learned, HurdleBenchmark]":
    """Return the record of pauses and the hurdle benchmark of files; `alone`: not shrunk towards the shipped ones."""
    from lull.cli.screen.streams import progress
    from lull.cli.silences import counts_with_silences
    from lull.data.learned.pause_record import shipped_pauses
    from lull.evaluation.reference_class import learn_pauses
    from lull.model.hurdle import benchmark

    with progress(waiting="read the counts") as report:
        report("read the counts", 0, STEPS)
        panels = [counts_with_silences(file, fill_zeros=fill_zeros, until=until) for file in files]
        report("learn how silences ended", 1, STEPS)
        learned = learn_pauses(panels, around=None if alone else shipped_pauses())
        report("fit the hurdle benchmark", 2, STEPS)
        rows = [row for panel in panels for row in panel]
        return learned, benchmark.learn(rows, around=None if alone else benchmark.shipped())


def _pool(files: list[Path], scores: list[Path], *, fill_zeros: bool) -> "Pool":
    """Return the weights of the pool from past forecasts of the counts of files."""
    from lull.data.counts import read_counts
    from lull.evaluation.scores.pool_weights import learn_pool
    from lull.evaluation.scores_file import read_scores

    tables = [read_scores(path).table for path in scores]
    counts = [read_counts(file, fill_zeros=fill_zeros) for file in files]
    names = ", ".join(f"{path.parent.name}/{path.name}" for path in scores)
    return learn_pool(tables, counts, source=f"lull learn --scores: {names}")


def _written(tables: "list[Pauses | HurdleBenchmark | Pool]", out: Path) -> list[Path]:
    """Write tables in the order of `FILES`, each whole or not at all, and return where they are."""
    from lull.data.files import whole_file

    out.mkdir(parents=True, exist_ok=True)
    paths = [out / name for name, _ in zip(FILES, tables, strict=False)]
    for path, table in zip(paths, tables, strict=True):
        with whole_file(path) as scratch:
            table.write(scratch)
    return paths
