"""`lull forecast` and `lull scenario run`: find or fit the run, find or make the forecast, print it, hand it out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from lull.data.schema import InputError, Problem
from lull.model.fitting.fit import FitPlan
from lull.model.runs.embedded_run import embedded_run
from lull.model.runs.store import Run, Store
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.language.spec import Scenario
from lull.scenarios.language.standard import standard_scenarios
from lull.scenarios.presentation.answer_in_short import summary_sentences
from lull.scenarios.results.evidence_used import of_run
from lull.scenarios.results.forecast_cache import KeptForecast, Request, find_kept
from lull.scenarios.results.outputs import check_out
from lull.terminal.fitting import fitted
from lull.terminal.page import print_forecast
from lull.terminal.screen import output, print_json, progress


def forecast_and_print(
    plan: FitPlan,
    names: Sequence[str] | None,
    folder: Path | None,
    *,
    horizon: int,
    out: Path | None,
    as_json: bool,
    every_week: bool,
    updating: bool,
) -> bool:
    """Forecast from the run of a plan, print and hand it out, and return whether it may be used."""
    scenarios = found(names)
    if out is not None:
        check_out(out)
    run, kept = fitted(plan, Store(folder), trying=scenarios, horizon=horizon, updating=updating)
    request = Request.of(scenarios or standard_scenarios(run), horizon=horizon, seed=plan.seed)
    return _hand_out(run, request, kept=kept, out=out, as_json=as_json, every_week=every_week)


def project_and_print(
    run_id: str | None,
    names: Sequence[str],
    folder: Path | None,
    *,
    horizon: int,
    out: Path | None,
    as_json: bool,
    seed: int,
) -> bool:
    """Project scenarios from a run of the store, print and hand it out, and return whether it may be used."""
    scenarios = found(names)
    if out is not None:
        check_out(out)
    run = chosen_run(Store(folder), run_id)
    request = Request.of(scenarios, horizon=horizon, seed=seed)
    with asking_of(run):
        return _hand_out(run, request, kept=True, out=out, as_json=as_json, every_week=False)


def chosen_run(store: Store, run_id: str | None, *, option: str = "--run") -> Run:
    """Return the run whose id begins so, by default that of the embedded case.

    Raises `InputError` if there is not exactly one, or if nothing was named and the embedded case has no run.
    """
    if run_id is None:
        return _embedded(store, option)
    runs = [run for run in store.runs() if run.run_id.startswith(run_id)]
    if len(runs) == 1:
        return runs[0]
    expected, found = f"one run whose id begins with {run_id!r}", f"{len(runs)} runs" if runs else "none"
    raise InputError(Problem(option, expected, found, "`lull runs` lists them."))


def _embedded(store: Store, option: str) -> Run:
    """Return the run of the embedded case; raises `InputError` that names the newest run in its place."""
    run = embedded_run(store)
    if run is not None:
        return run
    remedy = "`lull forecast` or `lull fit` makes it."
    if runs := store.runs():
        newest = f"{runs[0].run_id} ({of_run(runs[0].record)}, as known on {runs[0].record['as_of']})"
        remedy = f"Name another with {option}: the newest is {newest}. {remedy}"
    raise InputError(Problem(option, f"the run of the embedded case in {store.folder}", "none", remedy))


@contextmanager
def asking_of(run: Run, *, option: str = "--run") -> Iterator[None]:
    """Let errors of what cannot be meant in a run name that run, and the option that chooses another."""
    try:
        yield
    except InputError as error:
        told = f"This is run {run.run_id} ({of_run(run.record)}); {option} chooses another."
        named = [replace(each, remedy=f"{each.remedy} {told}".lstrip()) for each in error.problems]
        raise InputError(named, unlisted=error.unlisted) from error


def found(names: Sequence[str] | None) -> tuple[Scenario, ...]:
    """Return the scenarios of these names and files; raises `InputError` with the problems of all of them."""
    scenarios: list[Scenario] = []
    problems: list[Problem] = []
    for name in names or ():
        try:
            scenarios.append(find_scenario(name))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tuple(scenarios)


def forecast_of(run: Run, request: Request) -> KeptForecast:
    """Return the forecast of a request: kept with the run, or computed now."""
    made = find_kept(run, request)
    if made is not None:
        return made
    with progress(waiting="load the run") as told:
        from lull.scenarios.results.forecast import make_forecast  # noqa: PLC0415 - takes seconds; a kept one does without

        return make_forecast(run, request, progress=told)


def _hand_out(run: Run, request: Request, *, kept: bool, out: Path | None, as_json: bool, every_week: bool) -> bool:
    made = forecast_of(run, request)
    document = made.document()
    written = made.copy_to(out) if out is not None else []
    if as_json:
        files = [str(path) for path in written]
        summary = summary_sentences(document)
        print_json({**document.model_dump(mode="json"), "summary": summary, "from_store": kept, "files": files})
    else:
        console = output()
        print_forecast(document, console, every_week=every_week)
        console.print("Answered from the store." if kept else "A new run, kept in the store.")
        for path in written:
            console.print(f"Wrote {path}", soft_wrap=True)
    return document.convergence.usable
