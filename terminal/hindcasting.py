"""`lull scenario hindcast`: past weeks projected again under a scenario, printed beside what happened."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from lull.model.runs.store import Store
from lull.scenarios.engine.hindcast import events_on_record, hindcast, week_to_begin_from
from lull.scenarios.presentation.hindcast_report import (
    TOTALS,
    WEEKS,
    WHAT_IT_IS,
    hindcast_page,
    known_sentence,
    title,
    total_rows,
    week_rows,
)
from lull.scenarios.results.document import HindcastDocument
from lull.scenarios.results.outputs import check_out, copy_files
from lull.scenarios.results.tables import write_csv
from lull.terminal.forecasting import asking_of, chosen_run, found
from lull.terminal.page import heading, indented, plain_table, print_convergence
from lull.terminal.screen import output, print_json, progress

CSV, PAGE = FILES = ("hindcast.csv", "hindcast.html")


def hindcast_and_print(
    run_id: str | None,
    names: Sequence[str],
    folder: Path | None,
    *,
    start: date | None,
    events: Path | None,
    out: Path | None,
    as_json: bool,
    seed: int,
) -> bool:
    """Project past weeks of a run again, print and hand it out, and return whether it may be used."""
    scenarios = found(names)
    if out is not None:
        check_out(out)
    run = chosen_run(Store(folder), run_id)
    week = week_to_begin_from(scenarios, start, like=run.origin)
    with asking_of(run), progress(waiting="load the run") as told:
        told("load the run", 0, 1)
        record = events_on_record(run, events)
        told("project the past weeks", 0, 1)
        document = hindcast(run, scenarios, week=week, events=record, seed=seed).document()
    written = _written(document, out) if out is not None else []
    if as_json:
        print_json({**document.model_dump(mode="json"), "files": [str(path) for path in written]})
    else:
        _print(document, written)
    return document.convergence.usable


def _print(document: HindcastDocument, written: list[Path]) -> None:
    console = output()
    console.print(title(document), style="bold")
    console.print(f"{known_sentence(document)} {document.claims}\n\n{WHAT_IT_IS}")
    print_convergence(document, console)
    console.print(heading("Scenarios"))
    for scenario in document.scenarios:
        console.print(indented(f"{scenario.title} ({scenario.id}). {scenario.assumptions}"))
    for series in document.series:
        console.print(heading(f"Series {series.name}"))
        both = ((WEEKS, week_rows(document, series.name)), (TOTALS, total_rows(document, series.name)))
        for words, rows in both:
            console.print(indented(f"{words}\n"))
            table = plain_table(*rows[0])
            for row in rows:
                table.add_row(*row.values())
            console.print(table)
            console.print()
    console.print(f"Run {document.run_id}, seed {document.seed}.")
    for path in written:
        console.print(f"Wrote {path}", soft_wrap=True)


def _written(document: HindcastDocument, out: Path) -> list[Path]:
    """Write the files, each whole or not at all, and return where they are."""
    with TemporaryDirectory(prefix="lull.") as name:
        scratch = Path(name)
        write_csv(pa.Table.from_pylist([week.model_dump() for week in document.weeks]), scratch / CSV)
        (scratch / PAGE).write_text(hindcast_page(document), encoding="utf-8")
        return copy_files([scratch / name for name in FILES], out)
