"""`lull forecast`: find or fit the run, find or make its forecast, print it and write it."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.options.arguments import OutputOptions, Priors, ProjectionOptions, SamplerOptions, Scenarios, end
from lull.cli.options.evidence import EvidenceOptions
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from lull.model.runs.store import Run
    from lull.scenarios.results.forecast_cache import Request


@options()
def forecast(
    *,
    evidence: EvidenceOptions,
    priors: Priors = None,
    scenarios: Scenarios = None,
    projection: ProjectionOptions,
    sampler: SamplerOptions,
    every_week: Annotated[
        bool, typer.Option("--every-week", help="Print every week, not only weeks 4, 8, 12 and 26.")
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Update the latest fit with newer --counts instead of refitting.")
    ] = False,
    output: OutputOptions,
) -> None:
    """Forecast the weeks ahead, under a baseline and under scenarios.

    Without files: the embedded case, the Islamic Resistance in Iraq as known on 2024-12-31. Writes forecast.csv,
    forecast.parquet and report.html to --out.
    """
    from lull.cli.options.problems import Problems

    problems = Problems()
    beliefs = problems.beliefs(priors)
    plan = problems.plan(problems.evidence(evidence), sampler=sampler, seed=projection.seed, beliefs=beliefs)
    problems.horizon(projection.horizon)
    problems.stop_if_any()

    from lull.cli.fitted_run import fitted
    from lull.cli.stored_run import found_scenarios
    from lull.model.runs.store import Store
    from lull.scenarios.beliefs.believed_run import assuming
    from lull.scenarios.language.standard import standard_scenarios
    from lull.scenarios.results.forecast_cache import Request
    from lull.scenarios.results.outputs import check_out

    named = found_scenarios(scenarios)
    if output.out is not None:
        check_out(output.out)
    run, kept = fitted(plan, Store(output.store), scenarios=named, horizon=projection.horizon, updating=update)
    request = Request.of(named or standard_scenarios(run), **asdict(projection))
    end(good=deliver(assuming(run, beliefs), request, output, kept=kept, every_week=every_week))


def deliver(run: "Run", request: "Request", output: OutputOptions, *, kept: bool, every_week: bool = False) -> bool:
    """Print the forecast of a run and write its files; return whether it may be used. `kept`: the run was there."""
    from lull.cli.printing.forecast_page import print_forecast
    from lull.cli.screen import streams
    from lull.cli.screen.layout import print_files
    from lull.cli.stored_run import forecast_of
    from lull.scenarios.presentation.answer_in_short import summary_sentences

    made = forecast_of(run, request)
    document = made.document()
    written = made.copy_to(output.out) if output.out is not None else []
    if output.as_json:
        files, summary = [str(path) for path in written], summary_sentences(document)
        more = {"summary": summary, "from_store": kept, "files": files}
        streams.print_json(document.model_dump(mode="json") | more)
    else:
        console = streams.output()
        print_forecast(document, console, every_week=every_week)
        console.print("Answered from the store." if kept else "A new run, kept in the store.")
        print_files(written, console)
    return document.convergence.usable
