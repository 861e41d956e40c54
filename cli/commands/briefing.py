"""`lull briefing`: one page of a run, to print or to send."""

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


class Paper(StrEnum):
    """The paper that the page fits."""

    A4 = "a4"
    LETTER = "letter"


@options(without={"out"})
def briefing(
    *,
    out: Annotated[Path, typer.Option(metavar=FOLDER, help="Write the files to this folder.")],
    run: Annotated[
        str | None, typer.Argument(help="A run, by its first letters.  [default: the embedded case's]")
    ] = None,
    scenarios: Scenarios = None,
    series: Annotated[
        str | None, typer.Option(metavar="NAME", help="The series of the pictures.  [default: the first]")
    ] = None,
    paper: Annotated[Paper, typer.Option(help="The size of the page.")] = Paper.A4,
    priors: Priors = None,
    projection: ProjectionOptions,
    output: OutputOptions,
) -> None:
    """Write a briefing of a run: one page to print or to send; fits nothing.

    The answer in three sentences, two pictures, up to four scenarios, what changed since the last briefing and since
    the run of the week before, caveats and record. Writes briefing.html and, where Chromium or Chrome is installed,
    briefing.pdf.
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
    written, missing = _written(chosen, request, series, paper, out)
    _print(chosen, written, missing, as_json=output.as_json)
    end(good=chosen.record["grade"] != "unusable")


def _written(run: "Run", request: "Request", series: str | None, paper: Paper, out: Path) -> tuple[list[Path], str]:
    """Write the page, and return the files and why there is no PDF, if there is none."""
    from lull.cli.screen.streams import progress
    from lull.cli.stored_run import naming
    from lull.data.files import write_whole

    with naming(run, option=RUN), progress(waiting="load the run") as report:
        from lull.scenarios.briefing.page import make_briefing
        from lull.scenarios.briefing.paper import NO_BROWSER, NOT_PRINTED, browser, pdf_of
        from lull.scenarios.results.forecast import forecast

        made = forecast(run, request, progress=report)
        page = make_briefing(made, _series(made.state.series, series), paper=paper.value)
        write_whole(out / "briefing.html", page)
        report("print the page", 0, 1)
        pdf = pdf_of(page)
    if pdf is None:
        return [out / "briefing.html"], NOT_PRINTED if browser() else NO_BROWSER
    write_whole(out / "briefing.pdf", pdf)
    return [out / "briefing.html", out / "briefing.pdf"], ""


def _series(names: tuple[str, ...], chosen: str | None) -> str:
    """Return the series of the pictures. Raises `InputError` for one that the run does not have."""
    from lull.data.schema import InputError, Problem, near

    if chosen is not None and chosen not in names:
        raise InputError(Problem("--series", f"one of {', '.join(names)}", repr(chosen), near(chosen, names)))
    return chosen or names[0]


def _print(run: "Run", written: list[Path], missing: str, *, as_json: bool) -> None:
    """Print which files were written."""
    from lull.cli.screen.layout import print_files
    from lull.cli.screen.streams import output, print_json

    if as_json:
        files = [str(path) for path in written]
        print_json({"run_id": run.run_id, "grade": run.record["grade"], "files": files, "no_pdf": missing})
        return
    console = output()
    print_files(written, console)
    if missing:
        console.print(missing)
