"""Who takes part in a backtest: forecasters by kind, each asked for one series from what was known at its origin.

The invariant: a forecaster sees a `Seen` and nothing else, so that no week after the origin can reach it. A new kind is
one function in `KINDS`.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from lull.data.counts import WeeklyCounts
from lull.data.evidence import Evidence, Known
from lull.data.files import file_checksum
from lull.data.learned.pool import FILE as POOL_FILE
from lull.data.learned.tables import learned_table
from lull.data.schema import InputError
from lull.evaluation.forecasters.baselines import BASELINES
from lull.evaluation.forecasters.boosted_hurdle import grown_by
from lull.evaluation.forecasters.pools import absent_forecasters, benchmark_pool, naive_pool
from lull.evaluation.record import BENCHMARK_POOL, BOOSTED, HURDLE, LULL, NAIVE_POOL, POOLS, RECENT, REGIMES
from lull.evaluation.scores.likelihood import Likelihood, averaged
from lull.evaluation.scores.predictive import Predictive
from lull.model.fitting.out_of_scale import in_scale
from lull.model.hurdle.benchmark import in_use
from lull.model.regimes.filter import silent_weeks
from lull.model.spec import ModelSpec, Priors, SamplerConfig, beliefs_by_hand

if TYPE_CHECKING:
    import xarray as xr

    from lull.model.inspection.diagnostics import Verdict
    from lull.model.parts import Part

type Drivers = Literal["learned", "hand", "none"]

COMPANION = "companion"
DRAWS = 2000  # paths of a baseline
MEMORY = 256  # weeks that the model is given at most: with 512 it was 1 % worse on weekly counts and twice as slow
FOR_ALL = ("horizon", "history")  # what decides a forecast that nothing is fitted for
OPPONENTS = ("baseline", BOOSTED, *POOLS)  # kinds that are opponents
FITTED = ("model", LULL)  # kinds that fit the model
FILTERED = "no new fit"  # begins the reason of a forecast that no fit was made for


@dataclass(frozen=True)
class Entrant:
    """A forecaster under a name: its kind, and the choices of `ModelSpec` that differ from the usual ones."""

    name: str
    kind: str
    choices: dict[str, bool | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Setting:
    """What is asked of all: weeks ahead, the weeks of history that are given, and how the model is fitted.

    `memory` bounds what the model is given of a long history; `history`, if it is set, what everybody is given.
    `drivers` are believed to do what was `learned` across actors, or what was believed by `hand`; with `none` the
    events are not used. With `refit` it is fitted again only that many weeks after its last fit; filtering moves it on
    to the origins between.
    """

    horizon: int = 12
    history: int | None = None
    memory: int = MEMORY
    chains: int = 2
    tune: int = 500
    draws: int = 1000
    imputations: int = 16
    refit: int | None = None
    drivers: Drivers = "learned"

    @property
    def priors(self) -> Priors:
        """What is believed: of drivers what was learned across actors, or what was believed before."""
        return beliefs_by_hand() if self.drivers == "hand" else Priors()

    def deciding(self, kind: str) -> dict[str, object]:
        """Return what a forecaster of this kind depends on: what is asked, believed and learned, as data.

        From which fit it comes is not among it: the trial says that.
        """
        asked: dict[str, object] = {
            name: each for name, each in asdict(self).items() if name not in {"refit", "drivers"}
        }
        deciding = {name: asked[name] for name in FOR_ALL}
        if kind in FITTED:
            deciding = asked | {"spec": asdict(ModelSpec()), "priors": asdict(self.priors)}
        if kind in (COMPANION, LULL, BENCHMARK_POOL):
            deciding["companion"] = in_use().digest
        if kind == LULL:
            deciding["pool"] = file_checksum(learned_table(POOL_FILE))
        return deciding

    @property
    def sampler(self) -> SamplerConfig:
        """The procedure of a fit: every draw is kept, for it lives only until it is scored."""
        return SamplerConfig(chains=self.chains, tune=self.tune, draws=self.draws, thin=1, imputations=self.imputations)


@dataclass(frozen=True)
class Fitted:
    """A fit of one series: its posterior tree and the verdict on its draws."""

    tree: "xr.DataTree"
    verdict: "Verdict"


@dataclass(frozen=True)
class Seen:
    """What a forecaster is given of one series: its counts up to the origin, and what else was known by then.

    `fitted` is a fit of the series at an earlier origin, to be moved on to this one; None asks for a fit.
    """

    counts: WeeklyCounts
    known: Known
    evidence: Evidence
    priors: Priors = field(default_factory=Priors)
    fitted: Fitted | None = None

    @property
    def history(self) -> NDArray[np.float64]:
        """The counts, (week,), NaN where missing: of several reconstructions the median."""
        array = self.counts.array.to_numpy()[:, 0]
        return np.asarray(array[0] if len(array) == 1 else np.floor(np.median(array, axis=0)))

    @property
    def silent_weeks(self) -> int:
        """How many weeks without an attack lie behind the origin, itself among them."""
        return int(silent_weeks(self.history)[-1])

    @property
    def level(self) -> float:
        """Mean attacks a week up to the origin, at least half an attack in one week more than is known."""
        known = self.history[np.isfinite(self.history)]
        return float(max(known.sum(), 0.5) / (known.size + (not known.any())))

    def last(self, weeks: int | None) -> "Seen":
        """Return what is seen with only the last `weeks` of the counts."""
        if weeks is None:
            return self
        array = self.counts.array.isel(week=slice(-weeks, None))
        return replace(self, counts=WeeklyCounts(array).from_first_count())


@dataclass(frozen=True)
class Forecast:
    """A predictive distribution; if a sampler made it, the verdict on its draws and the fit that they are of."""

    predictive: Predictive
    verdict: "Verdict | None" = None
    fitted: Fitted | None = None


type Kind = Callable[[Seen, Entrant, Setting, int], dict[str, Forecast]]
"""What a kind makes of a cell, by name: one piece of work may bring several forecasts."""


def _baseline(seen: Seen, entrant: Entrant, setting: Setting, seed: int) -> dict[str, Forecast]:
    """Return what a baseline makes of the counts."""
    rng = np.random.default_rng(seed)
    made = BASELINES[entrant.name](seen.history, horizon=setting.horizon, draws=DRAWS, rng=rng)
    return {entrant.name: Forecast(made)}


def _boosted(seen: Seen, entrant: Entrant, setting: Setting, seed: int) -> dict[str, Forecast]:
    """Return the forecast of trees that were grown on all series of the file, as known at the last half year."""
    trees = grown_by(seen.evidence, seen.counts.origin, seen.history)
    made = trees.forecast(seen.history, horizon=setting.horizon, draws=DRAWS, rng=np.random.default_rng(seed))
    return {entrant.name: Forecast(made)}


def _naive_pool(seen: Seen, entrant: Entrant, setting: Setting, seed: int) -> dict[str, Forecast]:
    """Return the equal pool of five baselines."""
    made = naive_pool(seen.history, horizon=setting.horizon, draws=DRAWS, rng=np.random.default_rng(seed))
    return {entrant.name: Forecast(made)}


def _benchmark_pool(seen: Seen, entrant: Entrant, setting: Setting, seed: int) -> dict[str, Forecast]:
    """Return the pool of the hurdle benchmark and the same five."""
    benchmark = _hurdle_benchmark(seen, entrant, setting, seed)[entrant.name].predictive
    rng = np.random.default_rng(seed)
    made = benchmark_pool(benchmark, seen.history, horizon=setting.horizon, draws=DRAWS, rng=rng)
    return {entrant.name: Forecast(made)}


def _hurdle_benchmark(seen: Seen, entrant: Entrant, setting: Setting, seed: int) -> dict[str, Forecast]:
    """Return the forecast from the record alone."""
    benchmark, history = in_use(), in_scale(seen.history)
    paths, chance = benchmark.forecast(history, horizon=setting.horizon, draws=DRAWS, seed=seed)

    def law(observed: NDArray[np.float64]) -> Likelihood:
        return averaged(benchmark.log_pmf(history, paths, observed))

    return {entrant.name: Forecast(Predictive(paths, chance, law))}


def _lull(seen: Seen, entrant: Entrant, setting: Setting, seed: int) -> dict[str, Forecast]:
    """Return the forecast as it is shown everywhere, and each of the models that it pools alone."""
    alone: tuple[tuple[str, Part], ...] = ((HURDLE, "hurdle"), (RECENT, "recent"), (REGIMES, "regimes"))
    return _of_fit(seen, entrant, setting, seed, ((entrant.name, "pool"), *alone))


def _model(seen: Seen, entrant: Entrant, setting: Setting, seed: int) -> dict[str, Forecast]:
    """Return the forecast of a variant of the regime model alone."""
    return _of_fit(seen, entrant, setting, seed, ((entrant.name, "regimes"),))


def _of_fit(
    seen: Seen, entrant: Entrant, setting: Setting, seed: int, parts: "Sequence[tuple[str, Part]]"
) -> dict[str, Forecast]:
    """Return the forecast, or parts of it by name: draws that did not converge leave the pool."""
    tree, verdict, fitted = _fitted(seen, entrant, setting, seed)
    return {
        name: Forecast(_forward(tree, setting.horizon, seed, part=part, usable=verdict.usable), verdict, fitted)
        for name, part in parts
    }


def _fitted(seen: Seen, entrant: Entrant, setting: Setting, seed: int) -> "tuple[xr.DataTree, Verdict, Fitted]":
    """Return the posterior at the origin, its verdict, and the fit: an earlier one moved on if there is one."""
    if seen.fitted is not None and seen.fitted.verdict.usable:
        try:
            return _filtered(seen, seen.fitted, seed)
        except InputError:  # the new weeks surprised it, or its past is reported otherwise by now
            pass
    from lull.model.fitting.fit import FitPlan, fit_counts  # noqa: PLC0415 - the same
    from lull.model.inspection.diagnostics import verdict_on  # noqa: PLC0415 - takes seconds, only a fit needs it

    spec = ModelSpec(pooling="separate", **entrant.choices)  # type: ignore[arg-type]  # the choices are bools and ints
    plan = FitPlan(seen.evidence, spec=spec, priors=seen.priors, config=setting.sampler, seed=seed)
    tree = fit_counts(seen.last(setting.memory).counts, seen.known, plan, progress=_quiet)
    verdict = verdict_on(tree)
    return tree, verdict, Fitted(tree, verdict)


def _filtered(seen: Seen, fitted: Fitted, seed: int) -> "tuple[xr.DataTree, Verdict, Fitted]":
    """Return an earlier fit that learns the weeks since by filtering, as `_fitted` does.

    Raises `InputError` where a fit is needed, as `model.assimilate.assimilate` does.
    """
    from lull.model.fitting.update import graded, moved_on  # noqa: PLC0415 - compiles numba code, only a fit needs it

    first = fitted.tree["observed_data"]["week"].to_numpy()[0]
    counts = WeeklyCounts(seen.counts.array.sel(week=slice(first, None)))
    updated = moved_on(fitted.tree, seen.known, counts, seed=seed)
    weeks = f"{updated.weeks} week" + ("s" if updated.weeks > 1 else "")
    reason = f"{FILTERED}: moved on by {weeks}, {updated.effective:.0f} effective draws"
    reasons = (reason, *fitted.verdict.reasons)
    verdict = replace(fitted.verdict, grade=graded(fitted.verdict.grade, updated), reasons=reasons)
    return updated.tree, verdict, fitted


def _forward(tree: "xr.DataTree", horizon: int, seed: int, *, part: "Part", usable: bool) -> Predictive:
    """Return the unconditional forecast of a posterior tree of one series, or a part of it."""
    from lull.model.forward.conditional_law import conditional_log_pmf  # noqa: PLC0415 - compiles numba code, only a fit needs it
    from lull.model.forward.origin import origin_state  # noqa: PLC0415 - compiles numba code, the same
    from lull.model.forward.simulate import Push, RandomNumbers, any_attack_probability, simulate  # noqa: PLC0415 - the same

    state = origin_state(tree, horizon=horizon, run_id="", part=part, usable=usable)
    numbers = RandomNumbers.draw(series=state.series, draws=state.draws, horizon=horizon, seed=seed)
    push = Push.none(covariates=len(state.covariates), horizon=horizon)
    some = any_attack_probability(state, push, numbers).mean(axis=0)[0]
    paths = simulate(state, push, numbers)

    def law(observed: NDArray[np.float64]) -> Likelihood:
        return averaged(conditional_log_pmf(state, numbers, paths, observed[None])[:, 0])

    return Predictive(np.ascontiguousarray(paths.count[:, 0].astype(np.int64)), some, law)


def _quiet(_step: str, _done: int, _total: int) -> None:
    """Report no progress: who runs a backtest counts cells."""


KINDS: dict[str, Kind] = {
    "baseline": _baseline,
    "model": _model,
    COMPANION: _hurdle_benchmark,
    LULL: _lull,
    BOOSTED: _boosted,
    NAIVE_POOL: _naive_pool,
    BENCHMARK_POOL: _benchmark_pool,
}


def line_up(variants: dict[str, dict[str, bool | int]]) -> tuple[Entrant, ...]:
    """Return Lull, its hurdle benchmark, variants of the model by name, and every opponent whose library is there."""
    absent = absent_forecasters()
    return (
        Entrant(LULL, LULL),
        Entrant(COMPANION, COMPANION),
        *(Entrant(name, "model", choices) for name, choices in variants.items()),
        *(Entrant(name, "baseline") for name in BASELINES if name not in absent),
        *(Entrant(name, name) for name in (BOOSTED, *POOLS) if name not in absent),
    )
