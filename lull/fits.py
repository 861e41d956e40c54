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
from typing import Any, TypedDict, Unpack

import pyarrow as pa
import xarray as xr

from lull.data.evidence import Evidence, embedded_evidence
from lull.data.schema import InputError, Problem
from lull.forecasts import Forecast, scenario
from lull.model.fitting.fit import FitPlan, find_or_fit, usual_config
from lull.model.fitting.reweighting import priors_of
from lull.model.forward.origin import state_of
from lull.model.inspection import arviz_groups, arviz_layout
from lull.model.parts import Part
from lull.model.runs.store import Run, Store
from lull.model.spec import MAX_HORIZON, ModelSpec, Priors
from lull.scenarios.beliefs.belief_file import read_beliefs
from lull.scenarios.beliefs.believed_plan import plan_believing
from lull.scenarios.beliefs.believed_run import assuming, run_believing
from lull.scenarios.beliefs.reader_beliefs import Beliefs
from lull.scenarios.engine.question_grammar import parse_question
from lull.scenarios.engine.questions import Answer
from lull.scenarios.engine.questions import ask as _ask
from lull.scenarios.language.scenario_files import find_scenario
from lull.scenarios.language.spec import Scenario
from lull.scenarios.results.forecast import forecast as _forecast
from lull.scenarios.results.forecast_cache import Request
from lull.scenarios.results.tables import forecast_table
from lull.sources import Source, evidence_file


class Choices(TypedDict, total=False):
    """What `fit` takes besides, by name; the docstring of `fit` says what each is."""

    covariates: Source
    completeness: Source
    previous: Source
    origin: date
    draws: int
    tune: int
    imputations: int
    priors: Priors | str | Path
    spec: ModelSpec


FILES = ("covariates", "completeness", "previous")  # of the choices: evidence
PROCEDURE = ("draws", "tune", "imputations")


@dataclass(frozen=True)
class Fit:
    """A posterior and what can be asked of it. `run` is its run; `scratch` keeps the files of a fit without a store.

    Examples
    --------
    >>> import arviz, lull
    >>> fit = lull.fit("weekly.csv", store="runs")
    >>> fit.posterior["posterior"]["sigma"].dims
    ('chain', 'draw', 'series')
    >>> int(arviz.loo(fit.posterior).n_data_points)  # two series of 60 weeks
    120
    """

    run: Run
    scratch: Any = field(default=None, repr=False, compare=False)

    @property
    def grade(self) -> str:
        """How far the draws may be used: `good`, `doubtful` or `unusable`."""
        return str(self.run.record["grade"])

    @cached_property
    def posterior(self) -> xr.DataTree:
        """The posterior as ArviZ reads it: groups `posterior, sample_stats, log_likelihood, observed_data, ...`.

        Dims (chain, draw, series, ...), with `imputation` after `draw` where the counts were reconstructed. The log
        likelihood has the dim `observation` in place of (series, week): the weeks whose count is known, named by its
        coords `series` and `week`. It is left out of a run with more than four million values of it: then
        `with_posterior_predictive` makes it.
        """
        tree = self._tree
        stored = tree.children.get("log_likelihood")
        if stored is not None and "observation" not in stored.dims:  # of a run that an earlier Lull stored
            tree = arviz_groups.with_weekly_log_likelihood(tree)
        return arviz_layout.labelled(tree)

    @cached_property
    def _tree(self) -> xr.DataTree:
        return self.run.posterior()

    def with_posterior_predictive(self, *, draws: int = 200, seed: int = 1, prior: bool = True) -> xr.DataTree:
        """Return `posterior` with the groups that are made on demand.

        Parameters
        ----------
        draws
            Draws of each new group; of the posterior predictive of reconstructed counts, of each imputation.
        seed
            The random seed.
        prior
            Whether to add `prior` and `prior_predictive`: compiling them takes some seconds.

        Returns
        -------
        xarray.DataTree
            With `log_likelihood` by week, of every draw; `posterior_predictive`, dims (chain, draw, series, week),
            attacks per week, NaN where the count is not known; `prior` and `prior_predictive`. Memory is in
            proportion to draws, series and weeks.

        Examples
        --------
        >>> import lull
        >>> tree = lull.fit("weekly.csv", store="runs").with_posterior_predictive(draws=50, prior=False)
        >>> tree["posterior_predictive"]["count"].shape
        (1, 50, 2, 60)
        """
        groups = {name: node.to_dataset() for name, node in self._tree.children.items()}
        groups["log_likelihood"] = arviz_groups.weekly_log_likelihood(self._tree)
        groups["posterior_predictive"] = arviz_groups.posterior_predictive(self._tree, draws=draws, seed=seed)
        if prior:
            spec, priors = ModelSpec(**self.run.record["plan"]["spec"]), priors_of(self.run.record)
            groups |= arviz_groups.prior_groups(self._tree, spec=spec, priors=priors, draws=draws, seed=seed)
        return arviz_layout.labelled(xr.DataTree.from_dict(groups))

    def forecast(
        self, horizon: int = 12, scenarios: Iterable[Scenario | str] = (), *, seed: int = 1, part: Part = "pool"
    ) -> Forecast:
        """Return the forecast of the weeks ahead, of the baseline and of scenarios, all from the same random numbers.

        Parameters
        ----------
        horizon
            Weeks ahead, from 1 to 520.
        scenarios
            Scenarios, or names of the library.
        seed
            The random seed.
        part
            ``"pool"``, the forecast; or one of the models that it pools alone: ``"regimes"``, ``"hurdle"`` or
            ``"recent"``.

        Returns
        -------
        Forecast
            Its `table` has a row for each scenario, target, series, week ahead and quantile; attacks per week.

        Raises
        ------
        InputError
            If a scenario contradicts what is known, or the horizon is out of range.

        Examples
        --------
        >>> import lull
        >>> fit = lull.fit("weekly.csv", store="runs")
        >>> fit.forecast(4).document.scenarios[0].id
        'baseline'
        """
        chosen = [scenario(one) if isinstance(one, str) else one for one in scenarios]
        request = Request.of(chosen, horizon=horizon, seed=seed, part=part)
        made = _forecast(self.run, request, progress=quiet)
        return Forecast(made.document(), forecast_table(made.projections, shares=made.shares))

    def compare(self, scenarios: Iterable[Scenario | str], horizon: int = 12, *, seed: int = 1) -> pa.Table:
        """Return how scenarios change the chance of an attack by the end of each week ahead: `Forecast.chances`.

        Parameters
        ----------
        scenarios
            Scenarios, or names of the library. Their premises must hold for the data.
        horizon
            Weeks ahead, from 1 to 520.
        seed
            The random seed, the same for every scenario.

        Returns
        -------
        pyarrow.Table
            A row for each scenario, series, question and week ahead; probabilities between 0 and 1.

        Raises
        ------
        InputError
            As `forecast` does.

        Examples
        --------
        >>> import lull
        >>> quiet = lull.scenario(own)  # TOML: both series halt for three weeks
        >>> rows = lull.fit("weekly.csv", store="runs").compare([quiet], 4).to_pylist()
        >>> all(row["difference"] < 0 for row in rows if row["scenario_id"] == "quiet")
        True
        """
        return self.forecast(horizon, scenarios, seed=seed).chances

    def believing(self, beliefs: str | Path) -> "Fit":
        """Return this fit under the beliefs about drivers of a file, without a new fit: its draws are weighed by them.

        Parameters
        ----------
        beliefs
            A file of beliefs (docs/beliefs.md).

        Returns
        -------
        Fit
            In memory alone; its draws are paired with those of this one.

        Raises
        ------
        InputError
            With every problem of the file, and for beliefs that the draws do not carry: `lull.fit(..., priors=FILE)`.

        Examples
        --------
        >>> import lull
        >>> fit = lull.fit("weekly.csv", store="runs")
        >>> fit.believing("beliefs.toml").run.record["beliefs"]["who"]
        'Ada'
        """
        return Fit(run_believing(self.run, read_beliefs(beliefs)), self.scratch)

    def ask(self, question: str, *, series: str = "", scenario: Scenario | str = "baseline", seed: int = 1) -> Answer:
        """Return the answer to a question such as ``"any attack within 8 weeks"``, together with the baseline's.

        Parameters
        ----------
        question
            In the words of `lull ask`: `any attack`, `resumption`, `at least N in a week` or `total at least N`, each
            `by DATE` or `within N weeks`.
        series
            Which series; may be left out where there is one.
        scenario
            A scenario, or a name of the library.
        seed
            The random seed.

        Returns
        -------
        Answer
            `probability` and `baseline` between 0 and 1, and their paired `difference` with its 90 % interval.

        Raises
        ------
        InputError
            For a question, series or scenario that is not understood, or a day out of reach.

        Examples
        --------
        >>> import lull
        >>> answer = lull.fit("weekly.csv", store="runs").ask("any attack within 8 weeks", series="north")
        >>> 0.5 < answer.probability <= 1
        True
        """
        state = state_of(self.run, horizon=MAX_HORIZON)
        only = state.series[0] if len(state.series) == 1 else ""
        assumed = find_scenario(scenario) if isinstance(scenario, str) else scenario
        parsed = parse_question(question, origin=state.origin)
        return _ask(parsed, assumed, state, series=series or only, seed=seed)


def fit(
    counts: Source | None = None,
    *,
    reports: Source | None = None,
    events: Source | None = None,
    faction: str = "",
    as_of: date | None = None,
    seed: int = 1,
    store: str | Path | None = None,
    **choices: Unpack[Choices],
) -> Fit:
    """Return the fit of weekly counts, or of reports that are first reconstructed as weekly counts.

    Parameters
    ----------
    counts, reports
        One of the two: a file, what `read_counts` or `read_reports` returns, or a data frame with their columns.
        Without either, the embedded case of `lull forecast`.
    events
        Dated events that may change the hazards: a file or a data frame.
    faction
        Whose attacks; needed with reports.
    as_of
        The evening of what was known; by default all there is.
    seed
        The random seed.
    store
        A folder of runs. Without one nothing is kept when the fit is gone.

    Other Parameters
    ----------------
    covariates
        Weekly numbers of your own, a file or a data frame.
    completeness, previous
        One of the two: the share of the last weeks that has been reported, or an earlier snapshot of the counts.
    origin
        The last week to learn from.
    draws, tune
        Draws kept and draws of tuning, of each chain.
    imputations
        How many reconstructions of reports are fitted.
    priors
        Beliefs about drivers: a file (docs/beliefs.md), or all priors (`lull.model.spec.Priors`).
    spec
        Structure (`lull.model.spec`).

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
    """
    if unknown := set(choices) - set(Choices.__annotations__):
        raise TypeError(f"fit() got an unexpected keyword argument {min(unknown)!r}")
    scratch = _Scratch()
    given = {"counts": counts, "reports": reports, "events": events} | {name: choices.get(name) for name in FILES}
    files: dict[str, Any] = {
        name: evidence_file(value, scratch.folder / f"{name}.csv") for name, value in given.items() if value is not None
    }
    evidence = Evidence(**files, faction=faction) if files else embedded_evidence()
    evidence = replace(evidence, as_of=as_of or evidence.as_of, origin=choices.get("origin"))
    procedure: dict[str, Any] = {name: choices[name] for name in PROCEDURE if name in choices}  # type: ignore[literal-required]  # they are
    plan = FitPlan(
        evidence,
        spec=choices.get("spec", ModelSpec()),
        config=replace(usual_config(evidence), **procedure),
        seed=seed,
    )
    plan, beliefs = _with_priors(plan, choices.get("priors", plan.priors))
    kept = Store(Path(store) if store is not None else scratch.folder / "runs")
    run = assuming(find_or_fit(plan, kept, progress=quiet), beliefs)
    return Fit(run, None if store is not None else scratch)


def open_run(run_id: str, *, store: str | Path | None = None) -> Fit:
    """Return a fit that is in the store.

    Parameters
    ----------
    run_id
        As `lull runs` lists it.
    store
        A folder of runs; by default the user's own.

    Returns
    -------
    Fit
        As the fit that was stored.

    Raises
    ------
    InputError
        If there is no such run.

    Examples
    --------
    >>> import lull
    >>> stored = lull.fit("weekly.csv", store="runs")
    >>> lull.open_run(stored.run.run_id, store="runs").grade == stored.grade
    True
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


def _with_priors(plan: FitPlan, priors: Priors | str | Path) -> tuple[FitPlan, Beliefs]:
    """Return the plan with priors, or with the beliefs of a file in them; and all beliefs of that file."""
    if isinstance(priors, Priors):
        return replace(plan, priors=priors), Beliefs()
    beliefs = read_beliefs(priors)
    return plan_believing(plan, beliefs), beliefs
