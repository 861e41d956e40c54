"""`lull learn`: the record of pauses and the hurdle benchmark, from the user's own counts."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.options.arguments import DATE, FILE, FillZeros, OutputOptions
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from lull.data.learned.pause_record import Pauses
    from lull.evaluation.reference_class import Learned
    from lull.model.hurdle.benchmark import HurdleBenchmark

BENCHMARK = "companion.csv"
STEPS = 3


@options(without={"store"})
def learn(
    *,
    counts: Annotated[
        list[Path], typer.Option(metavar=FILE, help="Weekly counts: series, week_start, count; repeatable.")
    ],
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
    that folder, answers show its pauses.csv as the reference rate.
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
    learned, fitted = _learned(counts, until=last, fill_zeros=fill_zeros, alone=alone)
    written = [] if output.out is None else _written(learned.pauses, fitted, output.out)
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


def _written(pauses: "Pauses", fitted: "HurdleBenchmark", out: Path) -> list[Path]:
    """Write both tables, each whole or not at all, and return where they are."""
    from lull.data.files import whole_file
    from lull.data.learned.pause_record import FILE as PAUSES

    out.mkdir(parents=True, exist_ok=True)
    for name, table in ((PAUSES, pauses), (BENCHMARK, fitted)):
        with whole_file(out / name) as scratch:
            table.write(scratch)
    return [out / PAUSES, out / BENCHMARK]
