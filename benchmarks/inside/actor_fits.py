"""The regime model fitted to one actor's window: what its counts say of the effects, apart from what was believed.

The beliefs are wide and centred at 0. What they add is taken off again: the posterior of the effects, as a normal, over
the prior is the likelihood of the window, as a normal.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from inside.courses import COLUMNS, Window

from lull.data.arrays import Array
from lull.data.calendar import weeks_between
from lull.data.counts import WeeklyCounts
from lull.data.files import write_json
from lull.model.fitting.covariates import Covariates
from lull.model.fitting.out_of_scale import within_scale
from lull.model.fitting.pooled_posterior import make_panels
from lull.model.fitting.sampler import PosteriorSampler
from lull.model.spec import ModelSpec, Normal, Priors, SamplerConfig

WIDE = 1.0  # sd of what is believed of each effect, around 0
CONFIG = SamplerConfig(chains=2, tune=300, draws=400, thin=1, imputations=1)
SPEC = ModelSpec()
SAMPLES = 400.0  # independent draws that a covariance is reckoned to rest on
LEAST = 0.05  # information on a direction, below which it says nothing


@dataclass(frozen=True)
class WindowPosterior:
    """What one window says of the effects: their posterior under the wide beliefs, (mechanism, column) laid flat."""

    actor: int
    mean: list[float]
    covariance: list[list[float]]
    present: list[bool]  # whether a column is anything but 0 in the window, (column,)
    divergences: int
    change: float  # largest |mean of chain 1 - mean of chain 2| in sd


def posterior_of(window: Window, folder: Path) -> WindowPosterior:
    """Return what a window says, from the folder if it was fitted before."""
    file = folder / f"{window.actor}_{window.number}.json"
    if not file.exists():
        write_json(file, asdict(_fitted(window)))
    return WindowPosterior(**json.loads(file.read_text(encoding="utf-8")))


def _fitted(window: Window) -> WindowPosterior:
    counts = WeeklyCounts.from_arrays(window.counts[None], series=["actor"], first_week=window.first_week)
    labels = {
        "covariate": list(COLUMNS),
        "week": weeks_between(counts.weeks[0], counts.origin).astype("datetime64[ns]"),
    }
    table = xr.DataArray(window.columns, coords=labels, dims=("covariate", "week"))
    beliefs = dict.fromkeys(COLUMNS, Normal(0.0, WIDE))
    priors = Priors(intensity_effect=beliefs, halt_effect=beliefs, resumption_effect=beliefs)
    columns = Covariates(table, (False,) * len(COLUMNS))
    panel = make_panels(within_scale(counts), columns, spec=SPEC, priors=priors)[0]
    trace = PosteriorSampler(SPEC, priors, CONFIG).sample(panel, seed=window.actor)
    push = trace["posterior"]["push"].to_numpy()[:, :, [1, 2, 0]]  # as `MECHANISMS` stand
    by_chain = push.reshape(*push.shape[:2], -1)
    draws = by_chain.reshape(-1, by_chain.shape[-1])
    apart = np.abs(np.diff(by_chain.mean(axis=1), axis=0)[0]) / draws.std(axis=0)
    return WindowPosterior(
        window.actor,
        draws.mean(axis=0).tolist(),
        np.cov(draws.T).tolist(),
        window.columns.any(axis=1).tolist(),
        int(trace["sample_stats"]["diverging"].sum()),
        float(apart.max()),
    )


def likelihood(one: WindowPosterior) -> tuple[Array, Array]:
    """Return precision and precision times estimate of the effects, by the counts alone; 0 where they say nothing.

    The precision of a covariance from a few hundred draws is too large by (n - 1) / (n - p - 2).
    """
    size = len(one.mean)
    precision, weighted = np.zeros((size, size)), np.zeros(size)
    there = np.flatnonzero(np.tile(one.present, size // len(one.present)))
    inverse = np.linalg.inv(np.array(one.covariance)[np.ix_(there, there)])
    inverse *= (SAMPLES - there.size - 2) / (SAMPLES - 1)
    values, vectors = np.linalg.eigh(inverse - np.eye(there.size) / WIDE**2)
    kept = vectors[:, values > LEAST]
    precision[np.ix_(there, there)] = (kept * values[values > LEAST]) @ kept.T
    weighted[there] = kept @ (kept.T @ (inverse @ np.array(one.mean)[there]))
    return precision, weighted
