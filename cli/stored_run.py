"""A run of the store that an option names, the scenarios named with it, and its forecast."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from lull.cli.screen.streams import progress
from lull.data.schema import InputError, Problem
from lull.model.runs.embedded_run import embedded_run
from lull.model.runs.store import Run, Store
from lull.scenarios.beliefs.reader_beliefs import Beliefs
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.language.spec import Scenario
from lull.scenarios.results.evidence_used import of_run
from lull.scenarios.results.forecast_cache import KeptForecast, Request, find_kept


def chosen_run(store: Store, run_id: str | None, *, option: str = "--run", beliefs: Beliefs | None = None) -> Run:
    """Return the run whose id begins so, by default that of the embedded case; reweighted to beliefs if any are given.

    Raises `InputError` if there is not exactly one, if nothing was named and the embedded case has no run, or if its
    draws do not carry the beliefs.
    """
    found = _named(store, run_id, option)
    if not beliefs:
        return found
    with progress(waiting="load the run") as report:
        report("load the run", 0, 1)
        from lull.scenarios.beliefs.believed_run import run_believing  # noqa: PLC0415 - takes seconds

        report("weigh its draws by the beliefs", 0, 1)
        return run_believing(found, beliefs)


def _named(store: Store, run_id: str | None, option: str) -> Run:
    """Return the run whose id begins so, by default that of the embedded case."""
    if run_id is None:
        return _embedded(store, option)
    survey = store.survey()
    runs = [run for run in survey.runs if run.run_id.startswith(run_id)]
    if len(runs) == 1:
        runs[0].check()
        return runs[0]
    if not runs and (damaged := [one for one in survey.problems if f"{store.folder / run_id}" in one.where]):
        raise InputError(damaged)
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
def naming(run: Run, *, option: str = "--run") -> Iterator[None]:
    """Let errors about scenarios that are contradictory in a run name it, and the option that chooses another."""
    try:
        yield
    except InputError as error:
        which = f"This is run {run.run_id} ({of_run(run.record)}); {option} chooses another."
        named = [replace(each, remedy=f"{each.remedy} {which}".lstrip()) for each in error.problems]
        raise InputError(named, unlisted=error.unlisted) from error


def found_scenarios(names: Sequence[str] | None) -> tuple[Scenario, ...]:
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
    kept = find_kept(run, request)
    if kept is not None:
        return kept
    with progress(waiting="load the run") as report:
        from lull.scenarios.results.forecast import make_forecast  # noqa: PLC0415 - takes seconds; a kept one does without

        return make_forecast(run, request, progress=report)
