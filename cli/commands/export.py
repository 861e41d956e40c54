"""`lull export`: the forecast of a run in the formats of other tools."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.options.arguments import FOLDER, OutputOptions, Priors, ProjectionOptions, Scenarios, end
from lull.cli.options.expansion import options
from lull.cli.options.export_choices import ExportChoices

if TYPE_CHECKING:
    from lull.cli.options.problems import Problems
    from lull.data.counts import WeeklyCounts
    from lull.model.runs.store import Run
    from lull.scenarios.exports.metaculus_question import Asked
    from lull.scenarios.results.forecast_cache import Request

RUN = "RUN"  # the argument that names it


class Format(StrEnum):
    """What can be written: files by `scenarios/results/export.py`, the last two by `scenarios/exports/`."""

    HUBVERSE_CSV = "hubverse-csv"
    HUBVERSE_PARQUET = "hubverse-parquet"
    CSV = "csv"
    XLSX = "xlsx"
    NETCDF = "netcdf"
    ZARR = "zarr"
    HTML = "html"
    COVARIATES = "covariates"
    HUB = "hub"
    METACULUS = "metaculus"


NO_TARGETS = "The hub's target data hold none of the weeks forecast: --observed FILE adds their counts once known."
MOST_OUTCOMES = 200  # of a discrete question
MOST = 1e9  # attacks, as far as a range reaches


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
    choices: ExportChoices,
    output: OutputOptions,
) -> None:
    """Write a forecast in the formats of other tools; fits nothing.

    hubverse-csv and hubverse-parquet: the forecast table. csv: a row a week. xlsx: a workbook, a sheet a scenario.
    netcdf and zarr: the posterior and every path. html: the report. covariates: the drivers of each week so far. hub: a
    whole hubverse hub (schema v6) in DIR. metaculus: metaculus-ID.json, the forecast of --question under each
    scenario; ID is of the question, so that each has a file of its own.
    """
    from lull.cli.options.problems import Problems

    problems = Problems()
    problems.horizon(projection.horizon)
    problems.seed(projection.seed)
    beliefs = problems.beliefs(priors)
    wanted = formats or [Format.XLSX]
    asked = _asked(choices, wanted, problems)
    problems.stop_if_any()

    from lull.cli.stored_run import chosen_run, found_scenarios
    from lull.data.counts import read_counts
    from lull.model.runs.store import Store
    from lull.scenarios.language.standard import standard_scenarios
    from lull.scenarios.results.forecast_cache import Request
    from lull.scenarios.results.outputs import check_out

    named = found_scenarios(scenarios)
    check_out(out)
    observed = read_counts(choices.observed) if choices.observed else None
    chosen = chosen_run(Store(output.store), run, option=RUN, beliefs=beliefs)
    request = Request.of(named or standard_scenarios(chosen), **asdict(projection))
    written = _exported(chosen, request, wanted, out, observed)
    written += [_metaculus(chosen, request, asked, out)] if asked else []
    if Format.HUB in wanted and observed is None:
        typer.echo(NO_TARGETS, err=True)
    _print(chosen, written, as_json=output.as_json)
    end(good=chosen.record["grade"] != "unusable")


def _asked(choices: ExportChoices, formats: list[Format], problems: "Problems") -> "Asked | None":
    """Return the question of a metaculus export, None if there is none; what is wrong with the choices is reported."""
    from lull.scenarios.exports.metaculus_question import Asked

    metaculus = Format.METACULUS in formats
    if metaculus and not choices.question:
        problems.add("--question", "a question for --format metaculus", "none", 'Such as "any attack by 2025-03-01".')
    elif choices.question and not metaculus:
        problems.add("--question", "--format metaculus with it", "none")
    if choices.observed and Format.HUB not in formats:
        problems.add("--observed", "--format hub with it", "none")
    problems.within("--outcomes", choices.outcomes, 2, MOST_OUTCOMES)
    span = _span(choices.span, problems)
    if not metaculus or not choices.question:
        return None
    return Asked(choices.question, choices.series or "", span, choices.outcomes, choices.open_bounds)


def _span(text: str | None, problems: "Problems") -> tuple[float, float] | None:
    """Return the ends of a range, None where none was given or it is none."""
    if text is None:
        return None
    try:
        low, high = map(float, text.split(":"))
    except ValueError:
        low = high = 0.0
    if not -MOST < low < high < MOST:
        problems.add("--range", "two numbers such as 0:50, the lower first", repr(text))
        return None
    return low, high


def _metaculus(run: "Run", request: "Request", asked: "Asked", out: Path) -> Path:
    """Write the forecasts of a question, and return where they are."""
    from lull.cli.stored_run import naming
    from lull.scenarios.exports.metaculus_file import write_metaculus

    with naming(run, option=RUN):
        return write_metaculus(run, request, asked, out)


def _exported(
    run: "Run", request: "Request", formats: list[Format], out: Path, observed: "WeeklyCounts | None"
) -> list[Path]:
    """Write the forecast of a run in some formats, and return where it is."""
    from lull.cli.screen.streams import progress
    from lull.cli.stored_run import naming

    files = [name for name in formats if name not in (Format.HUB, Format.METACULUS)]
    if not files and Format.HUB not in formats:
        return []
    with naming(run, option=RUN), progress(waiting="load the run") as report:
        from lull.scenarios.exports.hub_folder import write_hub
        from lull.scenarios.results.export import export  # takes seconds: meanwhile "load the run" is shown
        from lull.scenarios.results.forecast import forecast

        made = forecast(run, request, progress=report)
        hub = write_hub(made, out, observed=observed) if Format.HUB in formats else []
        return hub + export(made, files, out, progress=report)


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
