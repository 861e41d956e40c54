"""The command `lull`: arguments in, calls, prints.

Exit codes: 0 good, 1 a result that may not be used, 2 bad usage or bad input, 130 interrupted. Results go to standard
output, progress and errors to standard error. Everything but typer and what else takes arguments in (`terminal/door`)
is imported inside the commands, so that `lull --help` is there at once.
"""

import signal
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from lull.terminal.door.backtesting import backtest
from lull.terminal.door.batches import batch
from lull.terminal.door.exporting import export
from lull.terminal.door.fetching import fetches
from lull.terminal.door.learning import learn
from lull.terminal.door.shared import (
    BAD_INPUT,
    DATE,
    INTERRUPTED,
    AsOf,
    Completeness,
    Counts,
    Covariates,
    DayFirst,
    Delimiter,
    Draws,
    Encoding,
    Events,
    Faction,
    FillZeros,
    Horizon,
    Json,
    Origin,
    Out,
    Previous,
    Reports,
    Scenarios,
    Seed,
    SetAside,
    Sheet,
    StoreFolder,
    Tune,
)
from lull.terminal.door.shared import end as _end
from lull.terminal.door.stored import runs
from lull.terminal.door.summing import imports


class Door(TyperGroup):
    """The command group: bad input and Ctrl-C end in one plain message, never in a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as interrupt:
            typer.echo(str(interrupt) or "Interrupted: nothing half-done was kept.", err=True)
            raise typer.Exit(INTERRUPTED) from None
        except ValueError as error:
            from lull.data.schema import InputError

            if not isinstance(error, InputError):
                raise
            typer.echo(str(error), err=True)
            raise typer.Exit(BAD_INPUT) from None


lull = typer.Typer(
    cls=Door,
    help="Forecasts when armed factions' attacks pause and when they resume, and what a scenario changes.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 90},
)
scenario = typer.Typer(
    cls=Door, help="List, show, check and run scenarios.", no_args_is_help=True, rich_markup_mode=None
)
lull.add_typer(scenario, name="scenario")
lull.add_typer(batch, name="batch")
lull.add_typer(runs, name="runs")
lull.add_typer(imports, name="import")
lull.add_typer(fetches, name="fetch")

RunId = Annotated[
    str | None,
    typer.Option(
        "--run", metavar="ID", help="A run of the store, by its first letters.  [default: the embedded case's]"
    ),
]


@lull.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", is_eager=True, help="Print the version.")] = False,
) -> None:
    if version:
        from importlib import metadata

        typer.echo(f"lull {metadata.version('lull-forecast')}")
        raise typer.Exit


@lull.command()
def forecast(
    counts: Counts = None,
    reports: Reports = None,
    events: Events = None,
    covariates: Covariates = None,
    completeness: Completeness = None,
    previous: Previous = None,
    as_of: AsOf = None,
    origin: Origin = None,
    faction: Faction = None,
    fill_zeros: FillZeros = False,
    horizon: Horizon = 26,
    scenarios: Scenarios = None,
    seed: Seed = 1,
    draws: Draws = None,
    tune: Tune = None,
    every_week: Annotated[
        bool, typer.Option("--every-week", help="Print every week, not only weeks 4, 8, 12 and 26.")
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Move the newest fit on to newer --counts instead of fitting anew.")
    ] = False,
    out: Out = None,
    json: Json = False,
    store: StoreFolder = None,
) -> None:
    """Forecast the weeks ahead, under a baseline and under scenarios.

    Without files: the embedded case, the Islamic Resistance in Iraq as known on 2024-12-31. Writes forecast.csv,
    forecast.parquet and report.html to --out.
    """
    from lull.terminal.forecasting import forecast_and_print
    from lull.terminal.options import Wrong

    wrong = Wrong()
    evidence = wrong.evidence(
        counts,
        reports,
        events,
        as_of=as_of,
        origin=origin,
        faction=faction,
        fill_zeros=fill_zeros,
        covariates=covariates,
        completeness=completeness,
        previous=previous,
    )
    plan = wrong.plan(evidence, draws=draws, tune=tune, seed=seed)
    wrong.horizon(horizon)
    wrong.stop_if_any()
    usable = forecast_and_print(
        plan, scenarios, store, horizon=horizon, out=out, as_json=json, every_week=every_week, updating=update
    )
    _end(good=usable)


@lull.command()
def ask(
    question: Annotated[str, typer.Argument(help='Such as "any attack by 2025-03-01".')],
    series: Annotated[
        str | None, typer.Option(metavar="NAME", help="The series asked about, if there are several.")
    ] = None,
    scenario: Annotated[str, typer.Option(metavar="NAME|FILE", help="The scenario.")] = "baseline",
    run: RunId = None,
    counts: Counts = None,
    reports: Reports = None,
    events: Events = None,
    covariates: Covariates = None,
    completeness: Completeness = None,
    previous: Previous = None,
    as_of: AsOf = None,
    origin: Origin = None,
    faction: Faction = None,
    fill_zeros: FillZeros = False,
    seed: Seed = 1,
    json: Json = False,
    store: StoreFolder = None,
) -> None:
    """Answer one question, beside the baseline.

    Questions: any attack by DATE; resumption by DATE; at least N in a week by DATE; total at least N by DATE; at
    least N in each of M weeks by DATE; share of weeks halted by DATE; time to resumption by DATE; first week above N by
    DATE. Any may say "within N weeks" (of the origin) in place of "by DATE". Asks the named run, or the one of the
    files.
    """
    from lull.terminal.asking import ask_and_print
    from lull.terminal.options import Wrong

    wrong = Wrong()
    evidence = wrong.evidence(
        counts,
        reports,
        events,
        as_of=as_of,
        origin=origin,
        faction=faction,
        fill_zeros=fill_zeros,
        covariates=covariates,
        completeness=completeness,
        previous=previous,
    )
    plan = wrong.plan(evidence, draws=None, tune=None, seed=seed)
    wrong.stop_if_any()
    usable = ask_and_print(question, plan, store, run_id=run, series=series, scenario=scenario, as_json=json)
    _end(good=usable)


@lull.command()
def fit(
    counts: Counts = None,
    reports: Reports = None,
    events: Events = None,
    covariates: Covariates = None,
    completeness: Completeness = None,
    previous: Previous = None,
    as_of: AsOf = None,
    origin: Origin = None,
    faction: Faction = None,
    fill_zeros: FillZeros = False,
    seed: Seed = 1,
    draws: Draws = None,
    tune: Tune = None,
    json: Json = False,
    store: StoreFolder = None,
) -> None:
    """Fit the model and keep the run, without a forecast."""
    from lull.terminal.fitting import fit_and_print
    from lull.terminal.options import Wrong

    wrong = Wrong()
    evidence = wrong.evidence(
        counts,
        reports,
        events,
        as_of=as_of,
        origin=origin,
        faction=faction,
        fill_zeros=fill_zeros,
        covariates=covariates,
        completeness=completeness,
        previous=previous,
    )
    plan = wrong.plan(evidence, draws=draws, tune=tune, seed=seed)
    wrong.stop_if_any()
    _end(good=fit_and_print(plan, store, as_json=json))


@lull.command()
def reconstruct(
    reports: Reports = None,
    as_of: AsOf = None,
    faction: Faction = None,
    imputations: Annotated[int, typer.Option(metavar="INT", help="Joint draws of all weeks to write.")] = 16,
    seed: Seed = 1,
    out: Out = None,
    json: Json = False,
) -> None:
    """Reconstruct weekly counts from reports.

    Reports overlap and contradict each other; what they say of each week is drawn jointly. Writes weekly.csv,
    imputations.parquet and tension.csv to --out.
    """
    from lull.terminal.options import Wrong
    from lull.terminal.reconstructing import reconstruct_and_print

    wrong = Wrong()
    evidence = wrong.evidence(None, reports, None, as_of=as_of, origin=None, faction=faction, fill_zeros=False)
    wrong.within("--imputations", imputations, 1, 1000)
    wrong.seed(seed)
    wrong.stop_if_any()
    _end(good=reconstruct_and_print(evidence, imputations=imputations, out=out, as_json=json, seed=seed))


@lull.command()
def check(
    file: Annotated[Path, typer.Argument(help="Any file that Lull reads, or a scenario.")],
    sheet: Sheet = "",
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    day_first: DayFirst = None,
    set_aside: SetAside = 0,
    json: Json = False,
) -> None:
    """Check a file, and tell every problem in it."""
    from lull.data.readers.reading_options import Reading
    from lull.terminal.checking import check_and_print

    reading = Reading(sheet, encoding, delimiter, day_first, set_aside)
    _end(good=check_and_print(file, as_json=json, reading=reading), code=BAD_INPUT)


@scenario.command("list")
def scenario_list(json: Json = False) -> None:
    """List the scenarios of the library."""
    from lull.terminal.listing import print_scenarios

    print_scenarios(as_json=json)


@scenario.command("show")
def scenario_show(
    name: Annotated[str, typer.Argument(help="A name of the library or a file.")], json: Json = False
) -> None:
    """Show a scenario: its assumptions and interventions, as the file says them."""
    from lull.terminal.listing import print_scenario

    print_scenario(name, as_json=json)


@scenario.command("check")
def scenario_check(
    names: Annotated[list[str] | None, typer.Argument(help="Scenario files, or names of the library.")] = None,
    counts: Counts = None,
    reports: Reports = None,
    events: Events = None,
    as_of: AsOf = None,
    origin: Annotated[
        str | None,
        typer.Option(
            metavar=DATE, help="A day of the last week that the forecast knew.  [default: the embedded case's]"
        ),
    ] = None,
    faction: Faction = None,
    fill_zeros: FillZeros = False,
    seed: Seed = 1,
    json: Json = False,
) -> None:
    """Check scenario files; with newer data, what has become of their premises.

    Without data every problem of the files is told. With --counts, --reports or --events the premise of each scenario
    (by default of the whole library) is open, confirmed or overtaken, and the observation that did it is named.
    """
    from lull.terminal.checking import check_all_and_print
    from lull.terminal.judging import judge_and_print
    from lull.terminal.options import Wrong

    wrong = Wrong()
    newer = wrong.newer(counts, reports, events, as_of=as_of, origin=origin, faction=faction, fill_zeros=fill_zeros)
    wrong.seed(seed)
    if newer is None and not names:
        wrong.nothing_to_check()
    wrong.stop_if_any()
    if newer is None:
        _end(good=check_all_and_print([Path(name) for name in names or ()], as_json=json), code=BAD_INPUT)
    else:
        judge_and_print(names or (), newer, as_json=json, seed=seed)


@scenario.command("run")
def scenario_run(
    names: Annotated[list[str], typer.Argument(help="Names of the library or files.")],
    run: RunId = None,
    horizon: Horizon = 26,
    seed: Seed = 1,
    out: Out = None,
    json: Json = False,
    store: StoreFolder = None,
) -> None:
    """Project scenarios from a run of the store, beside the baseline; fits nothing."""
    from lull.terminal.forecasting import project_and_print
    from lull.terminal.options import Wrong

    wrong = Wrong()
    wrong.horizon(horizon)
    wrong.stop_if_any()
    _end(good=project_and_print(run, names, store, horizon=horizon, out=out, as_json=json, seed=seed))


@scenario.command("hindcast")
def scenario_hindcast(
    names: Annotated[list[str], typer.Argument(help="Names of the library or files.")],
    start: Annotated[
        str | None,
        typer.Option("--from", metavar=DATE, help="A day of the last week taken as known.  [default: the scenario's]"),
    ] = None,
    run: RunId = None,
    events: Events = None,
    seed: Seed = 1,
    out: Out = None,
    json: Json = False,
    store: StoreFolder = None,
) -> None:
    """Project past weeks again, as on record and as they might have been.

    Shown against what happened, to the last week of the run. It is a projection inside the sample: no forecast, never
    scored. A scenario may take events from the record. Writes hindcast.csv and hindcast.html to --out.
    """
    from lull.terminal.hindcasting import hindcast_and_print
    from lull.terminal.options import Wrong

    wrong = Wrong()
    day = wrong.day("--from", start)
    wrong.seed(seed)
    wrong.stop_if_any()
    _end(good=hindcast_and_print(run, names, store, start=day, events=events, out=out, as_json=json, seed=seed))


@scenario.command("tornado")
def scenario_tornado(
    question: Annotated[str, typer.Argument(help='Such as "any attack by 2025-03-01".')],
    names: Annotated[list[str] | None, typer.Argument(help="Names of the library or files.  [default: all]")] = None,
    series: Annotated[
        str | None, typer.Option(metavar="NAME", help="The series asked about, if there are several.")
    ] = None,
    run: RunId = None,
    seed: Seed = 1,
    json: Json = False,
    store: StoreFolder = None,
) -> None:
    """Rank scenarios by how far they move the answer to a question.

    The questions are those of `lull ask`. Asks a run of the store; fits nothing.
    """
    from lull.terminal.options import Wrong
    from lull.terminal.ranking import rank_and_print

    wrong = Wrong()
    wrong.seed(seed)
    wrong.stop_if_any()
    _end(good=rank_and_print(question, names or (), store, run_id=run, series=series, as_json=json, seed=seed))


@lull.command()
def app(
    port: Annotated[int, typer.Option(metavar="INT", help="The port of the page.", min=1, max=65535)] = 8501,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
    address: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to listen; another address than this machine's own opens it.")
    ] = "127.0.0.1",
    store: StoreFolder = None,
) -> None:
    """Open the page in the browser.

    It listens on this machine only (127.0.0.1) and reads the runs of the store. Ctrl-C ends it. docs/serving.md tells
    how to serve it to a team.
    """
    from lull.terminal.serving import serve

    serve(Path(__file__).with_name("app.py"), store, address=address, port=port, browser=browser)


lull.command("export")(export)
lull.command("backtest")(backtest)
lull.command("learn")(learn)


def main() -> None:
    """Run the command `lull`; a request to end (SIGTERM) cleans up as Ctrl-C does."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character shows another
    lull(prog_name="lull")


if __name__ == "__main__":
    main()
