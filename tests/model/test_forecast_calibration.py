"""Whether the forecast is right: counts simulated from the priors, the past fitted, the weeks ahead ranked.

If the forecast is right, the rank of what came among independent draws of it is uniform, ties broken at random (Talts
et al. 2018, arXiv:1804.06788). This is the equation that forecasts, not only the one that is fitted: four years of
weeks, some of them missing, a level that drifts ahead of the origin, paths from `model/forward/simulate.py`. The truth
is `data/synthetic.py`, which shares no code with either. What is approximated by design (16 modes of the level, frozen
by observed silences) is in it too: docs/model.md says by how much it shows.

Once of counts alone, and once of two imputations under a covariate that goes on into the weeks ahead. The imputations
are the same counts with other weeks missing: the forecast of each is right, and that of both together nearly so.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from lull.data.calendar import WEEK
from lull.data.counts import WeeklyCounts
from lull.data.readers.cells import LARGEST_COUNT
from lull.data.synthetic import Truth, simulate_counts
from lull.model.fitting.covariates import Covariates, from_events
from lull.model.fitting.pooled_posterior import fit_imputations
from lull.model.forward.origin import origin_state
from lull.model.forward.simulate import Push, RandomNumbers, simulate
from lull.model.parameters import BY_SERIES, EFFECTS
from lull.model.spec import ModelSpec
from tests.model.test_calibration import (
    BINS,
    CONFIG,
    FALSE_ALARM,
    FIRST,
    PRIORS,
    RANKED,
    SERIES,
    Array,
    draw_parameters,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(10800)]

FITS, WEEKS, HORIZON, TOTAL = 200, 208, 26, 12
AHEAD = (1, 4, 12, 26)
SPEC = ModelSpec()  # with drift ahead of the origin
MISSING = 0.03  # share of the weeks that nobody counted


@dataclass(frozen=True)
class Case:
    """How many imputations are fitted, and under what."""

    imputations: int
    covariates: Covariates


def state_in_force() -> Covariates:
    """Return a covariate that is in force twice in the past, and from before the origin on into the weeks ahead."""
    weeks = FIRST + WEEK * np.arange(WEEKS + HORIZON)
    values = np.zeros((1, weeks.size))
    values[0, 40:60] = values[0, 120:150] = values[0, WEEKS - 6 : WEEKS + 8] = 1.0
    coords = {"covariate": ["ceasefire"], "week": weeks.astype("datetime64[ns]")}
    return Covariates(xr.DataArray(values, coords=coords, dims=("covariate", "week")), (False,))


CASES = {
    "counts alone": Case(1, from_events((), FIRST, FIRST + WEEK * (WEEKS + HORIZON))),
    "two imputations and a covariate": Case(2, state_in_force()),
}


def truths_of(pushes: Array, rng: np.random.Generator) -> dict[str, Truth]:
    """Return what governs each series, drawn from the priors; the level drifts from the origin on.

    Of the effects of the priors, those of the last covariates are drawn for `pushes` (covariate, week).
    """
    drawn = draw_parameters(rng)
    effects = {name: drawn[name][len(drawn[name]) - len(pushes) :] for name in EFFECTS}
    centre = float(effects["effect"] @ pushes[:, :WEEKS].mean(axis=1))  # the model's intercept is that of the mean push
    logit = np.log(drawn["initial_active"] / (1 - drawn["initial_active"]))
    return {
        name: Truth(
            intercept=float(drawn["centred_intercept"][at]) - centre,
            initial_logit=float(logit[at]),
            leak=float(drawn["leak"]),
            ahead_from=WEEKS,
            **{row.name: float(drawn[row.name][at]) for row in BY_SERIES},
            **{name: tuple(values) for name, values in effects.items()},
        )
        for at, name in enumerate(SERIES)
    }


def simulated(case: Case, seed: int) -> tuple[Array, Array]:
    """Return the past (imputation, series, week), some weeks missing, and the weeks ahead (series, horizon).

    A past with a week of more attacks than Lull reads is drawn anew: ranks are uniform within any set of records that
    is chosen by what the fit sees, so nothing is bent by it. The weeks ahead may be of any size.
    """
    rng = np.random.default_rng((4, seed))
    seen = case.covariates.array.to_numpy()
    pushes = seen if seen.any() else np.zeros((0, WEEKS + HORIZON))
    values = np.full((len(SERIES), WEEKS + HORIZON), np.inf)
    while values[:, :WEEKS].max() > LARGEST_COUNT:
        counts, _ = simulate_counts(truths_of(pushes, rng), pushes, first_week=FIRST, rng=rng)
        values = counts.array[0].to_numpy()
    hidden = rng.random((case.imputations, len(SERIES), WEEKS)) < MISSING
    past = np.where(hidden, np.nan, values[:, :WEEKS])
    past[..., -1] = values[:, WEEKS - 1]  # the origin is a week that was counted
    return past, values[:, WEEKS:]


def forecast_draws(case: Case, past: Array, seed: int) -> Array:
    """Return the forecast of a fit to the past, (draw, series, horizon), `RANKED` draws."""
    counts = WeeklyCounts.from_arrays(past, series=list(SERIES), first_week=FIRST)
    choices = {"spec": SPEC, "priors": PRIORS, "config": replace(CONFIG, imputations=case.imputations)}
    tree = fit_imputations(counts, case.covariates, **choices, seed=seed, progress=lambda *_: None)
    state = origin_state(tree, horizon=HORIZON, run_id="calibration", part="regimes")
    numbers = RandomNumbers.draw(seed=seed, draws=state.draws, series=state.series, horizon=HORIZON)
    paths = simulate(state, Push.none(covariates=len(state.covariates), horizon=HORIZON), numbers).count
    return paths[:: state.draws // RANKED][:RANKED].astype(float)


def quantities(counts: Array) -> dict[str, Array]:
    """Return what is ranked of weeks ahead (..., series, horizon), each (..., series)."""
    weeks = {f"week {week}": counts[..., week - 1] for week in AHEAD}
    return weeks | {f"total of {TOTAL} weeks": counts[..., :TOTAL].sum(axis=-1)}


@pytest.fixture(scope="module", params=CASES)
def ranks(request: pytest.FixtureRequest) -> dict[str, Array]:
    """The ranks 0..99 of what came among the draws, (fit * series,) by quantity, ties broken at random."""
    found: dict[str, list[Array]] = {}
    case = CASES[request.param]
    for fit in range(FITS):
        past, ahead = simulated(case, fit)
        draws, rng = quantities(forecast_draws(case, past, fit)), np.random.default_rng((5, fit))
        for name, truth in quantities(ahead).items():
            below, same = (draws[name] < truth).sum(axis=0), (draws[name] == truth).sum(axis=0)
            found.setdefault(name, []).append(below + rng.integers(0, same + 1))
    return {name: np.concatenate(values) for name, values in found.items()}


def test_what_came_ranks_uniformly_among_the_draws(ranks: dict[str, Array]) -> None:
    """Series of one fit share parameters of the population, so one series of each fit is judged at a time."""
    p_values = {
        (name, at): stats.chisquare(np.bincount(one * BINS // (RANKED + 1), minlength=BINS)).pvalue
        for name, values in ranks.items()
        for at, one in enumerate(values.reshape(FITS, -1).T)
    }
    assert {key: p for key, p in p_values.items() if p < FALSE_ALARM / len(p_values)} == {}


def test_what_came_ranks_in_the_middle_on_average(ranks: dict[str, Array]) -> None:
    error = math.sqrt(((RANKED + 1) ** 2 - 1) / 12 / FITS)
    z = {name: (values.reshape(FITS, -1).mean(axis=0) - RANKED / 2) / error for name, values in ranks.items()}
    bound = stats.norm.isf(FALSE_ALARM / 2 / sum(value.size for value in z.values()))
    assert {name: value for name, value in z.items() if np.abs(value).max() > bound} == {}


def test_nine_in_ten_intervals_of_90_per_cent_hold_what_came(ranks: dict[str, Array]) -> None:
    tail = (RANKED + 1) // 20
    held = {name: (values >= tail) & (values <= RANKED - tail) for name, values in ranks.items()}
    low, high = stats.binom.interval(1 - FALSE_ALARM / len(held), FITS, 0.9)
    by_series = {name: one.reshape(FITS, -1).sum(axis=0) for name, one in held.items()}
    assert {name: n.tolist() for name, n in by_series.items() if not ((low <= n) & (n <= high)).all()} == {}
