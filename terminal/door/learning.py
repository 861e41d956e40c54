"""`lull learn`: arguments in, calls."""

from pathlib import Path
from typing import Annotated

import typer

from lull.terminal.door.shared import FILE, FillZeros, Json, Out


def learn(
    counts: Annotated[
        list[Path], typer.Option(metavar=FILE, help="Weekly counts: series, week_start, count; repeatable.")
    ],
    afresh: Annotated[
        bool, typer.Option("--afresh", help="From these counts alone, not drawn to what comes with Lull.")
    ] = False,
    fill_zeros: FillZeros = False,
    out: Out = None,
    json: Json = False,
) -> None:
    """Learn from weekly counts of many actors how their silences ended.

    Tells how often silences ended by their age, beside the record that comes with Lull, and fits the companion of the
    model to the same counts. Writes pauses.csv and companion.csv to --out. With LULL_LEARNED set to that folder,
    answers show its pauses.csv as the reference rate.
    """
    from lull.terminal.learning import learn_and_print

    learn_and_print(counts, afresh=afresh, fill_zeros=fill_zeros, out=out, as_json=json)
