"""`lull scenario hindcast`: past weeks projected again under a scenario, compared with what happened."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.options.arguments import DATE, EventsFile, OutputOptions, RunId, ScenarioNames, Seed, end
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from datetime import date

    from lull.model.runs.store import Run
    from lull.scenarios.language.spec import Scenario
    from lull.scenarios.results.document import HindcastDocument

CSV, PAGE = FILES = ("hindcast.csv", "hindcast.html")


@options()
def hindcast(
    *,
    names: ScenarioNames,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar=DATE, help="A day of the last week taken as known.  [default: the scenario's]"),
    ] = None,
    run: RunId = None,
    events: EventsFile = None,
    seed: Seed = 1,
    output: OutputOptions,
) -> None:
    """Project past weeks again, as on record and as they might have been.

    Compared with what happened, to the last week of the run. It is a projection inside the sample: no forecast, never
    scored. A scenario may take events from the record. Writes hindcast.csv and hindcast.html to --out.
    """
    from lull.cli.options.problems import Problems

    problems = Problems()
    day = problems.day("--from", start)
    problems.seed(seed)
    problems.stop_if_any()
    from lull.cli.printing.hindcast_page import print_hindcast
    from lull.cli.screen.streams import print_json
    from lull.cli.stored_run import chosen_run, found_scenarios
    from lull.model.runs.store import Store
    from lull.scenarios.results.outputs import check_out

    scenarios = found_scenarios(names)
    if output.out is not None:
        check_out(output.out)
    chosen = chosen_run(Store(output.store), run)
    document = _projected(chosen, scenarios, day, events=events, seed=seed)
    written = _written(document, output.out) if output.out is not None else []
    if output.as_json:
        print_json({**document.model_dump(mode="json"), "files": [str(path) for path in written]})
    else:
        print_hindcast(document, written)
    end(good=document.convergence.usable)


def _projected(
    run: "Run", scenarios: "tuple[Scenario, ...]", start: "date | None", *, events: Path | None, seed: int
) -> "HindcastDocument":
    """Return the past weeks of a run from the week of a day on, projected under scenarios and on record."""
    from lull.cli.screen.streams import progress
    from lull.cli.stored_run import naming
    from lull.scenarios.engine.hindcast import events_on_record, hindcast, week_to_begin_from

    week = week_to_begin_from(scenarios, start, like=run.origin)
    with naming(run), progress(waiting="load the run") as report:
        report("load the run", 0, 1)
        record = events_on_record(run, events)
        report("project the past weeks", 0, 1)
        return hindcast(run, scenarios, week=week, events=record, seed=seed).document()


def _written(document: "HindcastDocument", out: Path) -> list[Path]:
    """Write the files, each whole or not at all, and return where they are."""
    import pyarrow as pa

    from lull.scenarios.presentation.hindcast_report import hindcast_page
    from lull.scenarios.results.outputs import copy_files
    from lull.scenarios.results.tables import write_csv

    with TemporaryDirectory(prefix="lull.") as name:
        scratch = Path(name)
        write_csv(pa.Table.from_pylist([week.model_dump() for week in document.weeks]), scratch / CSV)
        (scratch / PAGE).write_text(hindcast_page(document), encoding="utf-8")
        return copy_files([scratch / name for name in FILES], out)
