"""`lull export`: the forecast of a run in the formats of other tools."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.options.arguments import FOLDER, OutputOptions, Priors, ProjectionOptions, Scenarios, end
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from lull.model.runs.store import Run
    from lull.scenarios.results.forecast_cache import Request

RUN = "RUN"  # the argument that names it


class Format(StrEnum):
    """What can be written; `scenarios/results/export.py` writes it."""

    HUBVERSE_CSV = "hubverse-csv"
    HUBVERSE_PARQUET = "hubverse-parquet"
    CSV = "csv"
    XLSX = "xlsx"
    NETCDF = "netcdf"
    ZARR = "zarr"
    HTML = "html"
    COVARIATES = "covariates"


@options(without={"out"})
def export(
    *,
    out: Annotated[Path, typer.Option(metavar=FOLDER, help="Write the files to this folder.")],
    run: Annotated[
        str | None, typer.Argument(help="A run, by its first letters.  [default: the embedded case's]")
    ] = None,
    formats: Annotated[
        list[Format] | None,
        typer.Option("--format", help="Repeatable.  [default: xlsx]"),
    ] = None,
    scenarios: Scenarios = None,
    priors: Priors = None,
    projection: ProjectionOptions,
    output: OutputOptions,
) -> None:
    """Write a forecast in the formats of other tools; fits nothing.

    hubverse-csv and hubverse-parquet: the forecast table. csv: a row a week. xlsx: a workbook, a sheet a scenario.
    netcdf and zarr: the posterior and every path. html: the report. covariates: the drivers of each week so far.
    """
    from lull.cli.options.problems import Problems

    problems = Problems()
    problems.horizon(projection.horizon)
    problems.seed(projection.seed)
    beliefs = problems.beliefs(priors)
    problems.stop_if_any()

    from lull.cli.stored_run import chosen_run, found_scenarios
    from lull.model.runs.store import Store
    from lull.scenarios.language.standard import standard_scenarios
    from lull.scenarios.results.forecast_cache import Request
    from lull.scenarios.results.outputs import check_out

    named = found_scenarios(scenarios)
    check_out(out)
    chosen = chosen_run(Store(output.store), run, option=RUN, beliefs=beliefs)
    request = Request.of(named or standard_scenarios(chosen), **asdict(projection))
    written = _exported(chosen, request, formats or [Format.XLSX], out)
    _print(chosen, written, as_json=output.as_json)
    end(good=chosen.record["grade"] != "unusable")


def _exported(run: "Run", request: "Request", formats: list[Format], out: Path) -> list[Path]:
    """Write the forecast of a run in some formats, and return where it is."""
    from lull.cli.screen.streams import progress
    from lull.cli.stored_run import naming

    with naming(run, option=RUN), progress(waiting="load the run") as report:
        from lull.scenarios.results.export import export  # takes seconds: meanwhile "load the run" is shown
        from lull.scenarios.results.forecast import forecast

        return export(forecast(run, request, progress=report), formats, out, progress=report)


def _print(run: "Run", written: list[Path], *, as_json: bool) -> None:
    """Print which files were written, and how good the run is."""
    from lull.cli.screen.layout import print_files
    from lull.cli.screen.streams import output, print_json
    from lull.scenarios.beliefs.reader_beliefs import beliefs_object
    from lull.scenarios.results.calibration_status import grading_of

    graded = grading_of(run)
    if as_json:
        grades = {
            "grade": run.record["grade"],
            "calibration": graded.grade,
            "calibration_reason": graded.reason,
        } | beliefs_object(run.record)
        print_json({"run_id": run.run_id, **grades, "files": [str(path) for path in written]})
        return
    console = output()
    print_files(written, console)
    console.print(f"Run {run.run_id}, convergence: {run.record['grade']}; track record: {graded.sentence}.")
