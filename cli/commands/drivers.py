"""`lull drivers`: what the data say of each driver, held against placebo calendars."""

import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from lull.cli.options.arguments import OutputOptions, SamplerOptions, Seed, end
from lull.cli.options.evidence import EvidenceOptions
from lull.cli.options.expansion import options

if TYPE_CHECKING:
    from lull.model.fitting.fit import FitPlan
    from lull.model.inspection.placebo import PlaceboTest

Placebos = Annotated[
    int, typer.Option("--placebo", metavar="INT", help="How many placebo calendars; 0: only what is on record.")
]


@options(without={"out"})
def drivers(
    *,
    evidence: EvidenceOptions,
    placebo: Placebos = 40,
    seed: Seed = 1,
    sampler: SamplerOptions,
    output: OutputOptions,
) -> None:
    """Say what the record and the data show of each driver, and how often placebo calendars show as much.

    The events are moved round the calendar and the model is fitted to each, some seconds a fit. The result is kept with
    the run, and stands beside the drivers wherever they are shown.
    """
    from lull.cli.options.problems import Problems

    problems = Problems()
    plan = problems.plan(problems.evidence(evidence), sampler=sampler, seed=seed)
    problems.within("--placebo", placebo, 0, 1_000)
    problems.stop_if_any()

    from lull.cli.fitted_run import fitted
    from lull.cli.printing.drivers import print_drivers
    from lull.cli.screen.streams import print_json
    from lull.model.runs.store import PLACEBO_FILE, Store
    from lull.scenarios.drivers.driver_record import record_document
    from lull.scenarios.results.evidence_used import driver_effects, placebo_of
    from lull.scenarios.results.forecast_cache import drop_kept

    run, _ = fitted(plan, Store(output.store))
    if placebo:
        made = _placebo_test(plan, placebo)
        with TemporaryDirectory(prefix="lull.") as folder:
            file = Path(folder) / PLACEBO_FILE
            file.write_text(json.dumps(asdict(made)), encoding="utf-8")
            run.attach(PLACEBO_FILE, file)
        drop_kept(run)
    effects, test = driver_effects(run), placebo_of(run)
    if output.as_json:
        rows = [effect.model_dump() | {"record": record_document(effect)} for effect in effects]
        print_json({"run_id": run.run_id, "drivers": rows, "placebo": test or None})
    else:
        print_drivers(effects, test, run.run_id)
    end(good=run.record["grade"] != "unusable")


def _placebo_test(plan: "FitPlan", placebos: int) -> "PlaceboTest":
    """Return the test on the counts and events of a plan. Raises `InputError` where there are no events."""
    from lull.cli.screen.streams import progress
    from lull.model.inspection.placebo import placebo_test_of

    with progress(waiting="read the data") as report:
        return placebo_test_of(plan, placebos, progress=report)
