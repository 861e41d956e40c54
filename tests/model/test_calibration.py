"""Simulation-based calibration: truth drawn from the priors, counts simulated, the model fitted, the truth ranked.

If the posterior is right, the rank of a true value among independent posterior draws is uniform (Talts et al. 2018,
arXiv:1804.06788). Two sources of counts: `data/synthetic.py`, which shares no code with the model and whose level is a
walk frozen by the true regimes, and the model's own prior prediction, under which every rank is uniform without any
approximation. All chi-square tests together raise a false alarm once in a thousand seeds.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pymc as pm
import pytest
import xarray as xr
from scipy import stats
from scipy.special import expit, logit

from lull.data.calendar import WEEK
from lull.data.synthetic import SyntheticSeries, Truth, carry_over, simulate_counts
from lull.model.fitting.build import build
from lull.model.fitting.covariates import Covariates
from lull.model.fitting.level import moving_weeks
from lull.model.fitting.panel import Panel, make_panel
from lull.model.fitting.posterior import derive
from lull.model.fitting.sampler import PosteriorSampler
from lull.model.parameters import BY_SERIES, EFFECTS, SERIES_PARAMETERS, SHARED, TABLE, effect_priors, series_priors
from lull.model.spec import ModelSpec, Normal, Priors, SamplerConfig

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

type Array = np.ndarray
type Named = dict[str, Array]

FITS, EXACT_FITS, WEEKS, RANKED, BINS = 240, 200, 60, 99, 10
FALSE_ALARM = 1e-3
SURER = 2 / 3  # posterior variance over that of the prior: below it so many fits tell what was learned from nothing
FIRST, SERIES = np.datetime64("2023-01-02"), ("a", "b", "c")
CONFIG = SamplerConfig(chains=2, tune=300, draws=495)
SPEC = ModelSpec(drift_correction=False)  # a drift of the forecast alone: in sample the level has none
PRIORS = Priors(
    intercept=Normal(math.log(4.0), 1.5),
    log_sigma=Normal(-2.0, 0.5),  # the usual one makes counts in the millions now and then
    log_concentration_dense=Normal(1.5, 1.0),
    dense_from=0.0,  # one prior for all: the usual one looks at the counts
)
BUSY, SILENT = math.log(5.0), math.log1p(4.0)  # where hazards are compared: five a week; silent for four weeks


@dataclass(frozen=True)
class Calibration:
    """What the fits gave, each (fit,) by quantity: ranks 0..99; on unbounded scales truths, posterior means, variances.

    P(active) is (fit, series).
    """

    ranks: dict[str, Array]
    truth: dict[str, Array]
    mean: dict[str, Array]
    variance: dict[str, Array]
    p_active: Array

    def p_values(self) -> dict[str, float]:
        """The chi-square p-value of uniform ranks, by quantity."""
        return {
            name: float(stats.chisquare(np.bincount(ranks.astype(int) * BINS // (RANKED + 1), minlength=BINS)).pvalue)
            for name, ranks in self.ranks.items()
        }


def impulses() -> Covariates:
    """Return two covariates: impulses that are carried over, and a state."""
    values = np.zeros((2, WEEKS))
    values[0, [6, 14, 15, 29, 41, 52]] = [0.6, 1.0, 0.8, 1.0, 0.8, 1.0]
    values[1, 22:38] = 1.0
    weeks = (FIRST + WEEK * np.arange(WEEKS)).astype("datetime64[ns]")
    coords = {"covariate": ["deterrence", "ceasefire"], "week": weeks}
    return Covariates(xr.DataArray(values, coords=coords, dims=("covariate", "week")), (True, False))


def panel_of(count: Array, spec: ModelSpec) -> Panel:
    """Return the panel of counts (series, week)."""
    covariates = impulses()
    coords = {"series": list(SERIES), "week": covariates.array["week"]}
    return make_panel(xr.DataArray(count, coords, ("series", "week")), covariates, spec=spec, priors=PRIORS)


def draw_parameters(rng: np.random.Generator) -> Named:
    """Return one draw of every parameter from the priors, by its name in the posterior."""
    beliefs = (PRIORS.log_concentration_dense, *series_priors(PRIORS)[1:])
    mean, sd = (np.array([getattr(belief, part) for belief in beliefs])[:, None] for part in ("mean", "sd"))
    shared, spread = rng.normal(size=(6, 1)), rng.normal(0.0, 0.4, size=(6, 1))
    by_series = mean + SHARED * sd * (shared + np.exp(spread) * rng.normal(size=(6, len(SERIES))))
    values = dict(zip(SERIES_PARAMETERS, by_series, strict=True))
    effects = {
        name: np.array([rng.normal(table[covariate].mean, table[covariate].sd) for covariate in impulses().names])
        for name, table in effect_priors(PRIORS).items()
    }
    own = {row.name: np.exp(values[row.sampled]) if row.scale == "log" else values[row.sampled] for row in BY_SERIES}
    own["leak"] = np.exp(rng.normal(PRIORS.log_leak.mean, PRIORS.log_leak.sd))
    assert PRIORS.intercept is not None
    rest = {
        "population": shared[:, 0],
        "spread": spread[:, 0],
        "initial_active": expit(rng.normal(PRIORS.initial_logit.mean, PRIORS.initial_logit.sd, len(SERIES))),
        "half_life": np.exp(rng.normal(PRIORS.log_half_life.mean, PRIORS.log_half_life.sd, 1)),
        "centred_intercept": rng.normal(PRIORS.intercept.mean, PRIORS.intercept.sd, len(SERIES)),
    }
    return effects | own | rest


def simulate_truth(drawn: Named, rng: np.random.Generator) -> tuple[Array, dict[str, SyntheticSeries]]:
    """Return counts (series, week) of the independent simulator, and what was behind each series."""
    values = impulses().array.to_numpy().copy()
    values[0] = carry_over(values[0], half_life=float(drawn["half_life"][0]))
    intercept = drawn["centred_intercept"] - drawn["effect"] @ values.mean(axis=1)
    initial_logit = logit(drawn["initial_active"])
    own = [row.name for row in BY_SERIES]
    pushes = {name: tuple(drawn[name]) for name in EFFECTS}
    truths = {
        name: Truth(
            intercept=float(intercept[row]),
            initial_logit=float(initial_logit[row]),
            leak=float(drawn["leak"]),
            ahead_from=WEEKS,
            **{parameter: float(drawn[parameter][row]) for parameter in own},
            **pushes,
        )
        for row, name in enumerate(SERIES)
    }
    counts, behind = simulate_counts(truths, values, first_week=FIRST, rng=rng)
    return counts.array[0].to_numpy(), behind


def true_quantities(drawn: Named, behind: Mapping[str, SyntheticSeries]) -> Named:
    """Return what is ranked; the intercept of the model is the mean level of the weeks its basis averages over."""
    mean_level = [one.level[basis_weeks(one.count)].mean() for one in behind.values()]
    intercept = np.array([one.truth.intercept for one in behind.values()]) + mean_level
    origin = np.array([one.log_intensity[-1] for one in behind.values()])
    return with_hazards({**drawn, "intercept": intercept, "log_intensity": origin})


def basis_weeks(count: Array) -> Array:
    """Return the weeks over which the modes of the level are de-meaned, (week,)."""
    moving = moving_weeks(count, freeze_after=SPEC.freeze_after)
    return moving if moving.any() else ~moving


def with_hazards(values: Named) -> Named:
    """Return the quantities with the logits of the hazards at their standard points, without what they are made of."""
    halting = values["halt_intercept"] - values["halt_level"] * BUSY
    resuming = values["resumption_intercept"] - values["resumption_aging"] * SILENT
    kept = {name: value for name, value in values.items() if name != "centred_intercept"}
    return kept | {"halting at 5 a week": halting, "resumption after 4 weeks": resuming}


def quantities(trace: xr.Dataset, panel: Panel, rng: np.random.Generator) -> tuple[Named, Array]:
    """Return what is ranked, (draw, ...), and P(active at the origin) (draw, series), from free variables.

    To the log intensity at the origin is added what the modes of the level leave out.
    """
    named = derive(trace, panel, spec=SPEC, priors=PRIORS)
    residual = named["level_residual_sd"].to_numpy() * rng.normal(size=named["level"].shape)
    names = [row.name for row in TABLE if row.judged and not row.at_origin and row.name != "half_life"]
    values = {name: named[name].to_numpy() for name in names} | {
        "log_intensity": named["log_intensity"].to_numpy() + residual,
        "half_life": named["half_life"].to_numpy()[..., :1],
        "population": trace["population_offset"].to_numpy(),
        "spread": trace["log_spread"].to_numpy(),
    }
    flat = {name: value.reshape(-1, *value.shape[2:]) for name, value in values.items()}
    return with_hazards(flat), named["p_active"].to_numpy().reshape(-1, len(SERIES))


def calibrate(simulated: Iterable[tuple[Array, Named]], *, spec: ModelSpec) -> Calibration:
    """Return the calibration over data sets, each counts (series, week) and the truth behind them."""
    sampler = PosteriorSampler(spec, PRIORS, CONFIG)
    ranks, truths, means, variances, chances = [], [], [], [], []
    for fit, (count, truth) in enumerate(simulated):
        panel = panel_of(count, spec)
        trace = sampler.sample(panel, seed=fit)["posterior"].to_dataset()
        thinned = trace.isel(draw=slice(0, None, CONFIG.chains * CONFIG.draws // RANKED))
        drawn, p_active = quantities(thinned, panel, np.random.default_rng((3, fit)))
        ranks.append(flat({name: (draws[:RANKED] < truth[name]).sum(axis=0) for name, draws in drawn.items()}))
        truths.append(flat(unbounded({name: truth[name] for name in drawn})))
        free = unbounded(drawn)
        means.append(flat({name: draws.mean(axis=0) for name, draws in free.items()}))
        variances.append(flat({name: draws.var(axis=0, ddof=1) for name, draws in free.items()}))
        chances.append(p_active.mean(axis=0))
    return Calibration(together(ranks), together(truths), together(means), together(variances), np.array(chances))


def unbounded(values: Named) -> Named:
    """Return quantities on the scale where each is unbounded: there neither mean nor variance hangs on a few draws."""
    scales = {"log": np.log, "logit": logit, "identity": np.asarray}
    rows = {row.name: scales[row.scale] for row in TABLE}
    return {name: rows.get(name, np.asarray)(value) for name, value in values.items()}


def flat(values: Named) -> dict[str, float]:
    """Return every entry of the quantities under a name of its own."""
    return {
        f"{name}{list(at)}" if at else name: float(value)
        for name, array in values.items()
        for at, value in np.ndenumerate(array)
    }


def together(fits: list[dict[str, float]]) -> dict[str, Array]:
    """Return the quantities of all fits, (fit,) by name."""
    return {name: np.array([values[name] for values in fits]) for name in fits[0]}


def calibrate_independently() -> tuple[Calibration, Array]:
    """Return the calibration on counts of the independent simulator, and the true regimes at the origin.

    The regimes have the dims fit and series.
    """
    simulated, active = [], []
    for fit in range(FITS):
        rng = np.random.default_rng((1, fit))
        drawn = draw_parameters(rng)
        count, behind = simulate_truth(drawn, rng)
        simulated.append((count, true_quantities(drawn, behind)))
        active.append([one.active[-1] for one in behind.values()])
    return calibrate(simulated, spec=SPEC), np.array(active)


def calibrate_exactly() -> Calibration:
    """Return the calibration on counts of the model's own prior prediction, the level frozen by nothing."""
    spec = replace(SPEC, freeze_after=WEEKS + 1)  # so that the basis does not look at the counts
    panel = panel_of(np.ones((len(SERIES), WEEKS)), spec)
    with build(panel, spec=spec, priors=PRIORS):
        prior = pm.sample_prior_predictive(EXACT_FITS, random_seed=2, compile_kwargs={"mode": "FAST_COMPILE"})
    truth, _ = quantities(prior["prior"].to_dataset(), panel, np.random.default_rng(2))
    count = prior["prior_predictive"]["count"].to_numpy()[0, :, :, :WEEKS]
    simulated = [(one, {name: values[fit] for name, values in truth.items()}) for fit, one in enumerate(count)]
    return calibrate(simulated, spec=spec)


@pytest.fixture(scope="module")
def independent() -> tuple[Calibration, Array]:
    """The calibration on counts of the independent simulator, and the true regimes at the origin."""
    return calibrate_independently()


@pytest.fixture(scope="module")
def exact() -> Calibration:
    """The calibration on counts of the model's own prior prediction."""
    return calibrate_exactly()


@pytest.fixture(params=["independent", "exact"])
def calibration(request: pytest.FixtureRequest) -> Calibration:
    """Each of the two calibrations."""
    found = request.getfixturevalue(request.param)
    return found if isinstance(found, Calibration) else found[0]


def test_the_true_values_rank_uniformly_among_the_draws(calibration: Calibration) -> None:
    p_values = calibration.p_values()
    assert {"population[0]", "halting at 5 a week[0]", "half_life[0]", "leak", "sigma[2]"} <= set(p_values)
    assert {name: p for name, p in p_values.items() if p < FALSE_ALARM / len(p_values)} == {}


def test_the_true_values_rank_in_the_middle_on_average(calibration: Calibration) -> None:
    """Against the sd of the mean of uniform ranks: sees a shift that the bins do not."""
    error = math.sqrt(((RANKED + 1) ** 2 - 1) / 12 / len(calibration.p_active))
    z = {name: (ranks.mean() - RANKED / 2) / error for name, ranks in calibration.ranks.items()}
    bound = stats.norm.isf(FALSE_ALARM / 2 / len(z))
    assert {name: value for name, value in z.items() if abs(value) > bound} == {}


def test_nine_in_ten_intervals_of_90_per_cent_hold_the_truth(calibration: Calibration) -> None:
    tail = (RANKED + 1) // 20
    held = {name: int(((ranks >= tail) & (ranks <= RANKED - tail)).sum()) for name, ranks in calibration.ranks.items()}
    fits = len(calibration.p_active)
    low, high = stats.binom.interval(1 - FALSE_ALARM / len(held), fits, 0.9)
    assert {name: count / fits for name, count in held.items() if not low <= count <= high} == {}


def test_what_posteriors_say_was_learned_was(independent: tuple[Calibration, Array]) -> None:
    """Where they are surer than the prior, their means are nearer to the truth; under the prior itself they are not."""
    found, _ = independent
    surer = {name: truth for name, truth in found.truth.items() if found.variance[name].mean() < SURER * truth.var()}
    assert {"intercept[0]", "log_intensity[0]", "effect[0]", "effect[1]", "sigma[0]"} <= set(surer)
    nearer = {name: (truth - truth.mean()) ** 2 - (truth - found.mean[name]) ** 2 for name, truth in surer.items()}
    assert {name: z for name, gain in nearer.items() if (z := _z(gain)) < stats.norm.isf(FALSE_ALARM)} == {}


def test_posteriors_are_as_sure_as_they_are_right(calibration: Calibration) -> None:
    """The mean squared error of posterior means is the mean posterior variance, whatever the counts can teach."""
    draws = CONFIG.chains * CONFIG.draws // (CONFIG.chains * CONFIG.draws // RANKED)
    excess = {
        entry: (truth - calibration.mean[entry]) ** 2 - calibration.variance[entry] * (1 + 1 / draws)
        for entry, truth in calibration.truth.items()
    }
    bound = stats.norm.isf(FALSE_ALARM / 2 / len(excess))
    assert {entry: z for entry, one in excess.items() if abs(z := _z(one)) > bound} == {}


def _z(values: Array) -> float:
    """Return the mean of values (fit,) in its standard errors."""
    return float(values.mean() / values.std(ddof=1) * math.sqrt(len(values)))


def test_active_is_as_frequent_as_it_is_probable(independent: tuple[Calibration, Array]) -> None:
    found, active = independent
    probability, surprise = found.p_active, active - found.p_active
    by_fit = surprise.sum(axis=1)  # series of one fit share parameters
    assert abs(by_fit.sum()) < stats.norm.isf(FALSE_ALARM / 2) * math.sqrt((by_fit**2).sum())
    bound = stats.norm.isf(FALSE_ALARM / 6)
    for low, high in ((0.0, 0.2), (0.2, 0.8), (0.8, 1.0)):
        inside = (probability >= low) & (probability <= high)
        error = math.sqrt((probability * (1 - probability))[inside].sum())
        assert error > 1  # enough of them, and unsure enough, to be judged
        assert abs(surprise[inside].sum()) < bound * error
    assert (surprise**2).mean() < 0.5 * active.var()  # and the counts explain much of it
