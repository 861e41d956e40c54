"""`lull backtest`: arguments in, calls."""

from pathlib import Path
from typing import Annotated

import typer

from lull.terminal.door.shared import (
    DATE,
    AsOf,
    Counts,
    Covariates,
    Draws,
    Events,
    Faction,
    FillZeros,
    Json,
    Out,
    Reports,
    Seed,
    StoreFolder,
    Tune,
    end,
)


def backtest(
    counts: Counts = None,
    reports: Reports = None,
    events: Events = None,
    covariates: Covariates = None,
    as_of: AsOf = None,
    faction: Faction = None,
    fill_zeros: FillZeros = False,
    series: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this series of --counts; repeatable.")
    ] = None,
    busiest: Annotated[
        int | None, typer.Option(metavar="INT", help="Only so many series: those with the most attacks.")
    ] = None,
    min_events: Annotated[int, typer.Option(metavar="INT", help="Only series with so many attacks.")] = 1,
    origins: Annotated[int, typer.Option(metavar="INT", help="Origins of each series, evenly spread.")] = 4,
    every: Annotated[int | None, typer.Option(metavar="WEEKS", help="Instead: an origin every so many weeks.")] = None,
    first: Annotated[str | None, typer.Option("--from", metavar=DATE, help="No origin before this day.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar=DATE, help="No origin after this day.")] = None,
    learn: Annotated[
        int, typer.Option(metavar="WEEKS", help="From the first attack of a series to its first origin.")
    ] = 104,
    history: Annotated[
        int | None, typer.Option(metavar="WEEKS", help="Give every forecaster only the last weeks before the origin.")
    ] = None,
    memory: Annotated[int, typer.Option(metavar="WEEKS", help="Weeks that the model is given at most.")] = 256,
    refit: Annotated[
        int | None,
        typer.Option(metavar="WEEKS", help="Fit anew only so many weeks after the last fit, filter between; up to 27."),
    ] = None,
    horizon: Annotated[int, typer.Option(metavar="WEEKS", help="Weeks ahead that are scored, 1 to 520.")] = 12,
    variants: Annotated[
        list[str] | None,
        typer.Option("--variant", metavar="NAME:CHOICE=VALUE", help="The model otherwise; repeatable."),
    ] = None,
    draws: Draws = None,
    tune: Tune = None,
    scores: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Only grade the forecasts of this scores table; nothing is forecast."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="INT", min=1, help="Processes on this machine.  [default: as many as fit]")
    ] = None,
    seed: Seed = 1,
    out: Out = None,
    json: Json = False,
    store: StoreFolder = None,
) -> None:
    """Score past forecasts and those of simple baselines, on the same weeks and as known then.

    Every series is forecast from several past origins by the model, fitted again to what was known (with --refit only
    now and then), and by every baseline. Writes its tables and report.html to --out. Interrupted or killed, the same
    command goes on where it was. Exit code 1 if a forecaster failed or more than 5 % of the fits did not converge.
    With --scores it only grades forecasts that were scored before, as those of --counts or --reports if one is named.
    """
    from lull.evaluation.cells import Rule
    from lull.evaluation.forecasters.participants import Setting
    from lull.model.spec import FROM_REPORTS
    from lull.terminal.backtesting import Asked, backtest_and_print
    from lull.terminal.options import Wrong

    wrong = Wrong()
    evidence = wrong.evidence(
        counts,
        reports,
        events,
        as_of=as_of,
        origin=None,
        faction=faction,
        fill_zeros=fill_zeros,
        covariates=covariates,
    )
    wrong.horizon(horizon)
    wrong.seed(seed)
    for option, value in {"--origins": origins, "--every": every, "--learn": learn, "--memory": memory}.items():
        wrong.within(option, value, 1, 10_000)
    for option, value in {"--history": history, "--busiest": busiest, "--min-events": min_events}.items():
        wrong.within(option, value, 1, 10_000_000)
    if refit is not None:
        wrong.refit(refit, history=history, evidence=evidence)
    if scores is not None:
        from lull.terminal.grading import grade_and_print

        wrong.stop_if_any()
        named = evidence if counts or reports else None
        grade_and_print(scores, named, store, out=out, as_json=json)
        return
    plan = wrong.plan(evidence, draws=draws, tune=tune, seed=seed)
    days = wrong.span(first, last)
    wrong.stop_if_any()
    usual = FROM_REPORTS if evidence.reports else Setting()
    setting = Setting(horizon, history, memory, tune=tune or usual.tune, draws=draws or usual.draws, refit=refit)
    rule = Rule(origins, every, *days, learn, min_events, busiest)
    asked = Asked(plan.evidence, tuple(series or ()), rule, setting, tuple(variants or ()), seed)
    end(good=backtest_and_print(asked, store, workers=workers, out=out, as_json=json))
