"""Whether the posterior would have made counts like those observed: posterior predictive checks of a fit.

The observed weeks are simulated again from draws of the posterior, by the plain simulator that PyMC draws from, and
held against the counts by four figures of a series. The invariant: what was missing is missing in a replicate too.

The level of each draw is kept as it is, so the checks are about what the model adds to it: regimes, silences, spread.
They use the counts twice and are conservative (Gelman, Meng & Stern, 1996, Statistica Sinica 6): a figure far out says
that something is missing from the model, one in the middle does not prove it.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
import xarray as xr
from scipy.special import logit

from lull.data.arrays import Array
from lull.model.fitting.panel import ObservedWeeks
from lull.model.forward.history import terms_without_past
from lull.model.forward.past_weeks import past_weeks
from lull.model.forward.plain_simulator import Dynamics, random_counts
from lull.model.regimes.filter import silent_weeks

REPLICATES = 200  # in all imputations together
MOST_CELLS = 4_000_000  # draws x series x weeks at a time
FIGURES = ("share of zeros", "longest silence", "largest week", "autocorrelation")


@dataclass(frozen=True)
class Replicated:
    """A figure of a series as observed and in replicates: their central 95 %, and the chance of one as large.

    `p` is P(replicate > observed) + P(replicate = observed) / 2, between 0 and 1; near .5 where they agree.
    """

    series: str
    figure: str
    observed: float
    low: float
    high: float
    p: float


def replicate(tree: xr.DataTree, *, seed: int) -> list[dict[str, object]]:
    """Return the figures of every series of a posterior tree, observed and replicated, as records of `Replicated`."""
    rng = np.random.default_rng(seed)
    posterior, observed = tree["posterior"].to_dataset(), tree["observed_data"].to_dataset()["count"]
    names = [str(name) for name in posterior["series"].to_numpy()]
    at_once = max(1, MOST_CELLS // (REPLICATES * observed.sizes["week"]))
    rows: list[Replicated] = []
    for first in range(0, len(names), at_once):
        some = slice(first, first + at_once)
        seen, made = zip(*_imputations(tree, some, rng), strict=True)
        rows += _compared(names[some], np.concatenate(seen, axis=1), np.concatenate(made, axis=1))
    return [asdict(row) for row in rows]


def _imputations(tree: xr.DataTree, some: slice, rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    """Yield by imputation the figures observed and replicated, each (figure, draw, series)."""
    imputations = tree["observed_data"].sizes["imputation"]
    for imputation in range(imputations):
        count, made = replicated_counts(tree, imputation, -(-REPLICATES // imputations), rng, series=some)
        yield np.broadcast_to(_figures(count)[:, None], (len(FIGURES), len(made), len(count))), _figures(made)


def replicated_counts(
    tree: xr.DataTree, imputation: int, draws: int, rng: np.random.Generator, *, series: slice = slice(None)
) -> tuple[Array, Array]:
    """Return the counts of one imputation, (series, week), and `draws` replicates of them, (draw, series, week).

    What is missing in the counts is missing (NaN) in the replicates.
    """
    posterior = tree["posterior"].to_dataset()
    chains = np.flatnonzero(posterior["imputation"].to_numpy() == imputation)
    drawn = _some_draws(posterior.isel(chain=chains, series=series), draws, rng)
    past = past_weeks(tree, imputation, series=series)
    return past.count, np.where(np.isnan(past.count), np.nan, _simulated(drawn, past, rng))


def _some_draws(posterior: xr.Dataset, many: int, rng: np.random.Generator) -> xr.Dataset:
    """Return `many` draws, all chains flattened to one."""
    shape = posterior.sizes["chain"], posterior.sizes["draw"]
    chosen = rng.choice(shape[0] * shape[1], size=min(many, shape[0] * shape[1]), replace=False)
    chain, draw = (xr.DataArray(at, dims="draw") for at in np.unravel_index(np.sort(chosen), shape))
    names = ["chain", "draw", "imputation"]
    return posterior.drop_vars(names, errors="ignore").isel(chain=chain, draw=draw).expand_dims("chain")


def _simulated(posterior: xr.Dataset, panel: ObservedWeeks, rng: np.random.Generator) -> Array:
    """Return the weeks simulated once by each draw, (draw, series, week)."""
    base = terms_without_past(posterior, panel)
    dynamics = Dynamics(
        log_intensity_base=base.log_intensity[0],
        self_excitation=posterior["self_excitation"].to_numpy()[0],
        log_concentration=np.log(posterior["concentration"].to_numpy())[0],
        halt_base=base.halt_logit[0],
        halt_level=posterior["halt_level"].to_numpy()[0],
        resumption_base=base.resumption_logit[0],
        resumption_aging=posterior["resumption_aging"].to_numpy()[0],
        log_leak=np.log(posterior["leak"].to_numpy())[0],
    )
    began = logit(posterior["initial_active"].to_numpy())[0]
    return random_counts(dynamics, rng, initial_logit=began, log_completeness=panel.log_completeness)


def _figures(count: Array) -> Array:
    """Return `FIGURES` of counts (..., week), NaN where a series has no known week, (figure, ...)."""
    known = ~np.isnan(count)
    some = np.maximum(known.sum(axis=-1), 1)
    zeros = (count == 0).sum(axis=-1) / some
    largest = np.where(known, count, 0.0).max(axis=-1)
    figures = np.stack([zeros, silent_weeks(count).max(axis=-1), largest, _autocorrelation(count)])
    return np.where(known.any(axis=-1), figures, np.nan)


def _autocorrelation(count: Array) -> Array:
    """Return the correlation of log(1 + count) with that of the week before, 0 where nothing varies, (...)."""
    logs = np.log1p(count)
    both = ~np.isnan(logs[..., 1:] + logs[..., :-1])
    pairs = np.where(both, np.stack([logs[..., 1:], logs[..., :-1]]), 0.0)
    many = np.maximum(both.sum(axis=-1), 1)
    away = np.where(both, pairs - (pairs.sum(axis=-1) / many)[..., None], 0.0)
    spread = np.sqrt((away**2).sum(axis=-1).prod(axis=0))
    together = away.prod(axis=0).sum(axis=-1)
    return np.asarray(np.divide(together, spread, out=np.zeros_like(together), where=spread > 0))


def _compared(names: list[str], seen: Array, made: Array) -> Iterator[Replicated]:
    """Yield the rows of some series, from figures observed and replicated, (figure, draw, series)."""
    above = (made > seen).mean(axis=1) + 0.5 * (made == seen).mean(axis=1)
    for place, name in enumerate(names):
        for number, figure in enumerate(FIGURES):
            if np.isnan(seen[number, :, place]).any():
                continue
            low, high = np.quantile(made[number, :, place], (0.025, 0.975))
            observed = float(np.median(seen[number, :, place]))
            yield Replicated(name, figure, observed, float(low), float(high), float(above[number, place]))
