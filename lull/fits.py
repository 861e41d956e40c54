"""A fit for a modeller in Python, its forecast, and the answers to questions.

Thin frozen objects around what the command uses: the same evidence, choices and seed give the same numbers here, on the
page and in a batch.
"""

import shutil
import tempfile
import weakref
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import xarray as xr

from lull.data.evidence import Evidence
from lull.data.schema import InputError, Problem
from lull.model.fitting.fit import FitPlan, find_or_fit, usual_config
from lull.model.forward.origin import origin_state
from lull.model.inspection import arviz_groups, arviz_layout
from lull.model.runs.store import Run, Store
from lull.model.spec import MAX_HORIZON, ModelSpec, Priors
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.questions import Answer
from lull.scenarios.engine.questions import ask as _ask
from lull.scenarios.language.scenario_files import find_scenario, parse_scenario
from lull.scenarios.language.spec import Scenario
from lull.scenarios.results.document import ForecastDocument
from lull.scenarios.results.forecast import forecast as _forecast
from lull.scenarios.results.forecast_cache import Request
from lull.scenarios.results.tables import forecast_table
from lull.sources import Source, evidence_file


def scenario(source: str | Path) -> Scenario:
    """Return a scenario: of the library by its name, of a TOML or JSON file, or of a text in TOML.

    Parameters
    ----------
    source
        A name such as ``"ceasefire-collapses"``, the path of a file, or TOML itself.

    Returns
    -------
    Scenario
        What `Fit.forecast` and `Fit.ask` take.

    Raises
    ------
    InputError
        With every problem found, by line.

    Examples
    --------
    >>> import lull
    >>> lull.scenario("baseline").id
    'baseline'
    """
    if isinstance(source, str) and "\n" in source:
        return parse_scenario(source, "scenario.toml")
    return find_scenario(source)


@dataclass(frozen=True)
class Forecast:
    """Counts of the weeks ahead under the baseline and scenarios: quantiles, chances, and their differences."""

    document: ForecastDocument
    table: pa.Table
    """The hubverse table: `origin_date, scenario_id, target, series, horizon, target_end_date, output_type, ...`."""

    def to_pandas(self) -> Any:
        """Return `table` as a pandas data frame; pandas must be installed."""
        return self.table.to_pandas()

    @property
    def chances(self) -> pa.Table:
        """The chance of any attack by week, by scenario and series, with its paired difference from the baseline."""
        return pa.Table.from_pylist([row.model_dump() for row in self.document.chances])


@dataclass(frozen=True)
class Fit:
    """A posterior and what can be asked of it. `run` is its run; `scratch` keeps the files of a fit without a store."""

    run: Run
    scratch: Any = field(default=None, repr=False, compare=False)

    @property
    def grade(self) -> str:
        """How far the draws may be used: `good`, `doubtful` or `unusable`."""
        return str(self.run.record["grade"])

    @cached_property
    def posterior(self) -> xr.DataTree:
        """The posterior as ArviZ reads it: groups `posterior, sample_stats, log_likelihood, observed_data, ...`.

        Dims (chain, draw, series, ...), with `imputation` after `draw` where the counts were reconstructed.
        """
        return arviz_layout.labelled(self._tree)

    @cached_property
    def _tree(self) -> xr.DataTree:
        return self.run.posterior()

    def with_predictions(self, *, draws: int = 200, seed: int = 1) -> xr.DataTree:
        """Return `posterior` with `posterior_predictive`, `prior`, `prior_predictive` and `log_likelihood` by week.

        `draws` of each; attacks per week. Takes some seconds and memory in proportion to draws, series and weeks.
        """
        plan = self.run.record["plan"]
        spec, priors = ModelSpec(**plan["spec"]), _priors(plan["priors"])
        groups = {name: node.to_dataset() for name, node in self._tree.children.items()}
        groups["log_likelihood"] = arviz_groups.weekly_log_likelihood(self._tree)
        groups["posterior_predictive"] = arviz_groups.posterior_predictive(self._tree, draws=draws, seed=seed)
        groups |= arviz_groups.prior_groups(self._tree, spec=spec, priors=priors, draws=draws, seed=seed)
        return arviz_layout.labelled(xr.DataTree.from_dict(groups))

    def forecast(self, horizon: int = 12, scenarios: Iterable[Scenario | str] = (), *, seed: int = 1) -> Forecast:
        """Return the forecast of the weeks ahead, of the baseline and of scenarios, all from the same random numbers.

        Parameters
        ----------
        horizon
            Weeks ahead, from 1.
        scenarios
            Scenarios, or names of the library.
        seed
            The random seed.

        Raises
        ------
        InputError
            If a scenario contradicts what is known, or the horizon is out of range.
        """
        chosen = [scenario(one) if isinstance(one, str) else one for one in scenarios]
        request = Request.of(chosen, horizon=horizon, seed=seed)
        made = _forecast(self.run, request, progress=quiet)
        return Forecast(made.document(), forecast_table(made.projections, shares=made.shares))

    def ask(self, question: str, *, series: str = "", scenario: Scenario | str = "baseline", seed: int = 1) -> Answer:
        """Return the answer to a question such as ``"any attack within 8 weeks"``, beside the baseline's.

        Parameters
        ----------
        question
            In the words of `lull ask`.
        series
            Which series; may be left out where there is one.
        scenario
            A scenario, or a name of the library.
        seed
            The random seed.

        Raises
        ------
        InputError
            For a question, series or scenario that is not understood, or a day out of reach.
        """
        state = origin_state(self._tree, horizon=MAX_HORIZON, run_id=self.run.run_id)
        only = state.series[0] if len(state.series) == 1 else ""
        assumed = find_scenario(scenario) if isinstance(scenario, str) else scenario
        asked = parse_question(question, origin=state.origin)
        return _ask(asked, assumed, state, series=series or only, seed=seed)


def fit(
    counts: Source | None = None,
    *,
    reports: Source | None = None,
    events: Source | None = None,
    covariates: Source | None = None,
    faction: str = "",
    as_of: date | None = None,
    origin: date | None = None,
    draws: int | None = None,
    tune: int | None = None,
    priors: Priors | None = None,
    spec: ModelSpec | None = None,
    seed: int = 1,
    store: str | Path | None = None,
) -> Fit:
    """Return the fit of weekly counts, or of reports that are first reconstructed as weekly counts.

    Parameters
    ----------
    counts, reports
        One of the two: a file, what `read_counts` or `read_reports` returns, or a data frame with their columns.
    events, covariates
        Dated events, and weekly numbers of your own: a file or a data frame.
    faction
        Whose attacks; needed with reports.
    as_of, origin
        The evening of what was known, and the last week to learn from; by default all there is.
    draws, tune
        Draws kept and draws of tuning, of each chain.
    priors, spec
        Beliefs and structure; by default those of the command.
    seed
        The random seed.
    store
        A folder of runs. Without one nothing is kept when the fit is gone.

    Returns
    -------
    Fit
        Check its `grade` before its numbers are used.

    Raises
    ------
    InputError
        For evidence that cannot be read or does not fit together.

    Examples
    --------
    >>> import lull
    >>> fit = lull.fit(lull.read_counts("weekly.csv"), draws=200, tune=200, seed=1)
    >>> fit.grade in ("good", "doubtful", "unusable")
    True
    >>> 0 < fit.ask("any attack within 4 weeks", series="north").probability <= 1
    True
    """
    scratch = _Scratch()
    folder = scratch.folder
    given = {"counts": counts, "reports": reports, "events": events, "covariates": covariates}
    files: dict[str, Any] = {
        name: evidence_file(value, folder / f"{name}.csv") for name, value in given.items() if value is not None
    }
    evidence = Evidence(**files, faction=faction, as_of=as_of, origin=origin)
    asked: dict[str, Any] = {name: value for name, value in (("draws", draws), ("tune", tune)) if value is not None}
    config = replace(usual_config(evidence), **asked)
    plan = FitPlan(evidence, spec=spec or ModelSpec(), priors=priors or Priors(), config=config, seed=seed)
    kept = Store(Path(store) if store is not None else folder / "runs")
    return Fit(find_or_fit(plan, kept, progress=quiet), None if store is not None else scratch)


def open_run(run_id: str, *, store: str | Path | None = None) -> Fit:
    """Return a fit that is in the store.

    Parameters
    ----------
    run_id
        As `lull runs` lists it.
    store
        A folder of runs; by default the user's own.

    Raises
    ------
    InputError
        If there is no such run.
    """
    kept = Store(Path(store) if store is not None else None)
    run = kept.find(run_id)
    if run is None:
        raise InputError(Problem("run_id", f"a run of {kept.folder}", repr(run_id), "`lull runs` lists them."))
    return Fit(run)


class _Scratch:
    """A folder that is removed when nothing refers to it any more."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lull."))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)


def quiet(_step: str, _done: int, _total: int) -> None:
    """Report no progress."""


def _priors(record: dict[str, Any]) -> Priors:
    """Return the priors of a run's record."""
    from pydantic import TypeAdapter  # noqa: PLC0415 - only here

    return TypeAdapter(Priors).validate_python(record)
