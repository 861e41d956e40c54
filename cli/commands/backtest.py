"""`lull backtest`: past forecasts rebuilt as they would have been, and scored."""

import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.options.arguments import DATE, OutputOptions, SamplerOptions, Seed, Workers, end
from lull.cli.options.evidence import EvidenceOptions
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from datetime import date

    from lull.batch.cluster import Where
    from lull.cli.options.problems import Problems
    from lull.data.evidence import Evidence
    from lull.evaluation.backtest import Backtest
    from lull.evaluation.cells import Rule
    from lull.evaluation.forecasters.participants import Setting
    from lull.model.runs.store import Store


class Believed(StrEnum):
    """What is believed of drivers: what was learned across actors, what was believed before, or no drivers."""

    LEARNED = "learned"
    HAND = "hand"
    NONE = "none"


@dataclass(frozen=True)
class CellOptions:
    """Which series are forecast from which origins."""

    series: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this series of --counts; repeatable.")
    ] = None
    busiest: Annotated[int | None, typer.Option(metavar="INT", help="Only the N series with the most attacks.")] = None
    min_events: Annotated[int, typer.Option(metavar="INT", help="Only series with at least N attacks.")] = 1
    origins: Annotated[int, typer.Option(metavar="INT", help="Origins of each series, evenly spread.")] = 4
    every: Annotated[int | None, typer.Option(metavar="WEEKS", help="Instead: an origin every N weeks.")] = None
    first: Annotated[str | None, typer.Option("--from", metavar=DATE, help="No origin before this day.")] = None
    last: Annotated[str | None, typer.Option("--to", metavar=DATE, help="No origin after this day.")] = None
    origins_at: Annotated[
        str | None,
        typer.Option(
            metavar="KIND[:TYPE]", help="Instead: the weeks before such events of --events; end:HOW for ends."
        ),
    ] = None
    learn: Annotated[
        int, typer.Option(metavar="WEEKS", help="From the first attack of a series to its first origin.")
    ] = 104

    def rule(self, problems: "Problems", events: Path | None) -> "Rule":
        """Return how cells are chosen."""
        from lull.evaluation.cells import Rule

        at = self._days(events) if self.origins_at else None

        for option, value in {"--origins": self.origins, "--every": self.every, "--learn": self.learn}.items():
            problems.within(option, value, 1, 10_000)
        for option, value in {"--busiest": self.busiest, "--min-events": self.min_events}.items():
            problems.within(option, value, 1, 10_000_000)
        days = problems.span(self.first, self.last)
        return Rule(self.origins, self.every, *days, self.learn, self.min_events, self.busiest, at)

    def _days(self, events: Path | None) -> "tuple[tuple[str, date], ...]":
        """Return the days of the events that origins are before."""
        from lull.data.events import read_events
        from lull.data.schema import InputError, Problem
        from lull.evaluation.event_origins import OPTION, event_days

        if events is None:
            raise InputError(Problem(OPTION, "a file of events of series", "none", "Name it with --events."))
        assert self.origins_at is not None
        return event_days(read_events(events), self.origins_at)


@dataclass(frozen=True)
class ForecasterOptions:
    """What forecasters are given, and how the model is fitted."""

    history: Annotated[
        int | None, typer.Option(metavar="WEEKS", help="Give every forecaster only the last weeks before the origin.")
    ] = None
    memory: Annotated[int, typer.Option(metavar="WEEKS", help="Weeks that the model is given at most.")] = 256
    refit: Annotated[
        int | None,
        typer.Option(metavar="WEEKS", help="Refit only every N weeks, filter between; N up to 27."),
    ] = None
    horizon: Annotated[int, typer.Option(metavar="WEEKS", help="Weeks ahead that are scored, 1 to 520.")] = 12
    drivers: Annotated[
        Believed, typer.Option(help="What the effects of --events are believed to be; none: without them.")
    ] = Believed.LEARNED
    variants: Annotated[
        list[str] | None,
        typer.Option("--variant", metavar="NAME:CHOICE=VALUE", help="A variant of the model; repeatable."),
    ] = None

    def setting(self, evidence: "Evidence", sampler: SamplerOptions, problems: "Problems") -> "Setting":
        """Return what is asked of all forecasters."""
        from lull.evaluation.forecasters.participants import Setting
        from lull.model.spec import FROM_REPORTS

        problems.horizon(self.horizon)
        problems.within("--memory", self.memory, 1, 10_000)
        problems.within("--history", self.history, 1, 10_000_000)
        if self.refit is not None:
            problems.refit(self.refit, history=self.history, evidence=evidence)
        usual = FROM_REPORTS if evidence.reports else Setting()
        tune, draws = sampler.tune or usual.tune, sampler.draws or usual.draws
        return Setting(
            self.horizon,
            self.history,
            self.memory,
            tune=tune,
            draws=draws,
            refit=self.refit,
            drivers=self.drivers.value,
        )


@options(without={"completeness", "previous", "origin", "only"})
def backtest(
    *,
    evidence: EvidenceOptions,
    cells: CellOptions,
    forecasters: ForecasterOptions,
    sampler: SamplerOptions,
    scores: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Only grade the forecasts of this scores table; nothing is forecast."),
    ] = None,
    workers: Workers = None,
    seed: Seed = 1,
    output: OutputOptions,
) -> None:
    """Score past forecasts and compare with simple baselines, on the same weeks and as known then.

    Every series is forecast from several past origins by the model, fitted from scratch to what was known (with --refit
    only now and then), and by every baseline. Writes its tables and report.html to --out. Interrupted or killed, the
    same command goes on where it was. Exit code 1 if a forecaster failed or more than 5 % of the fits did not converge.
    With --scores it only grades forecasts that were scored before, as those of --counts or --reports if one is named.
    """
    from lull.cli.options.problems import Problems

    problems, started = Problems(), time.monotonic()
    plan = problems.plan(problems.evidence(evidence), sampler=sampler, seed=seed)
    rule, setting = cells.rule(problems, plan.evidence.events), forecasters.setting(plan.evidence, sampler, problems)
    problems.stop_if_any()
    if scores is not None:
        from lull.cli.printing.grading import grade_and_print

        named = plan.evidence if evidence.counts or evidence.reports else None
        grade_and_print(scores, named, output.store, out=output.out, as_json=output.as_json)
        return

    from lull.batch.cluster import Where
    from lull.cli.screen.streams import progress
    from lull.evaluation.backtest import plan_backtest
    from lull.evaluation.forecasters.participants import line_up
    from lull.evaluation.forecasters.variants import read_variants
    from lull.model.runs.store import Store
    from lull.scenarios.results.outputs import check_out

    entrants = line_up(read_variants(tuple(forecasters.variants or ())))
    if output.out is not None:
        check_out(output.out)
    with progress(waiting="read the data") as report:
        only = tuple(cells.series or ())
        planned = plan_backtest(plan.evidence, rule, entrants, setting, only=only, progress=report, seed=seed)
    end(good=_scored(planned, Store(output.store), Where(workers=workers), output, started=started))


def _scored(planned: "Backtest", store: "Store", where: "Where", output: OutputOptions, *, started: float) -> bool:
    """Run a backtest, write its tables, print its record, and return whether nothing failed and the fits converged."""
    from datetime import date

    from lull.batch.backtests import reading_trials
    from lull.cli.printing.backtest_record import print_record, record_document
    from lull.cli.screen.streams import print_json
    from lull.evaluation.record import keep_record
    from lull.evaluation.results import gather, results_of, write_results
    from lull.evaluation.scores.calibration import keep_calibration

    store.check()
    with reading_trials(store):
        failed = _failed(planned, store, where)
        gathered = gather(planned, store)
    results = results_of(planned, gathered, failed, made_on=date.today())  # noqa: DTZ011 - the user's own day
    record = results.record
    keep_record(record, store)
    keep_calibration(record, store)
    files = write_results(results, gathered, output.out) if output.out is not None else []
    seconds = round(time.monotonic() - started, 1)
    if output.as_json:
        print_json(record_document(record, files, seconds))
    else:
        print_record(record, files, seconds)
    return record.good


def _failed(planned: "Backtest", store: "Store", where: "Where") -> tuple[dict[str, str], ...]:
    """Run the trials that are missing, shown as they end, and return what failed."""
    from lull.batch.backtests import run_trials
    from lull.batch.cluster import client_of
    from lull.cli.screen.task_board import board

    todo = planned.missing(store)
    if not todo:
        return ()
    with board(len(todo), of=len(planned.trials)) as shown, client_of(where, tasks=len(todo)) as client:
        shown.workers = sum(client.nthreads().values())
        failures = run_trials(todo, store, client, heard=shown.ended)
    labels = {trial.run_id: trial.label for trial in todo}
    return tuple({"trial": labels.get(one["run_id"], one["run_id"]), "reason": one["reason"]} for one in failures)
